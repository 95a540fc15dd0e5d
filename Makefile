# The repository's own Node (24), independent of the machine's. `exec`, so that signals reach it and not a shell.
node := exec node_modules/.bin/node

# NODE_ENV=production would leave out what builds and tests need; each program sets its own.
unexport NODE_ENV

installed := node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help start stop reset status logs lab test test-api test-cluster test-edge check screenshots simulate bugs proof bench built

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 21

start: $(installed) ## the marketplace at http://127.0.0.1:3000 (NAME=nats: one process of it)
	@$(node) scripts/stack/cli.ts start $(NAME)

stop: $(installed) ## stop it (NAME=nats: one process of it)
	@$(node) scripts/stack/cli.ts stop $(NAME)

reset: $(installed) ## stop it and delete its data and everything compiled
	@$(node) scripts/stack/cli.ts reset

status: $(installed) ## its processes: id, address, state, memory
	@$(node) scripts/stack/cli.ts status

logs: $(installed) ## follow its log (NAME=orders: of one service)
	@$(node) scripts/stack/cli.ts logs $(NAME)

lab: built ## a page with faults to inject into the marketplace that runs (LAB_PORT=3999)
	@$(node) scripts/lab/main.ts

test: $(installed) ## all checks and tests
	@$(node) scripts/test.ts

test-api: $(installed) ## thousands of generated requests, each answer checked against docs/openapi.json
	@$(node) scripts/test.ts api

test-cluster: $(installed) ## end-to-end tests of a cluster (CLUSTER_URL: its address for visitors)
	@$(node) scripts/test.ts cluster

test-edge: $(installed) ## tests of production's settings: TLS, secure cookies, passwords
	@$(node) scripts/test.ts edge

check: $(installed) ## types, lint, format, words
	@$(node) scripts/test.ts check

bench: built ## benchmarks beside baselines of this machine (QUICK=1: shorter, ONLY=list,order: some, AGAINST=<commit>: beside it)
	@$(node) bench/run.ts $(if $(QUICK),--quick) $(if $(ONLY),--only=$(ONLY)) $(if $(AGAINST),--against=$(AGAINST)) $(if $(PROCESSES),--processes=$(PROCESSES))

screenshots: built ## screenshots of every page and state in .ticketing/screenshots
	@$(node) e2e/browser/screenshots.ts

simulate: built ## RUNS=200 simulated runs that try to break the invariants (SEED=17: the trace of one)
	@$(node) proof/simulate.ts

bugs: built ## plant known bugs one by one and check that each is caught (ONLY=no-void: one of them)
	@$(node) proof/bugs.ts

proof: built ## MINUTES=10 of simulation and of faults in the real marketplace, with a report in .ticketing/proof
	@$(node) proof/proof.ts

# Programs that run from the sources import the shared packages as compiled packages.
built: $(installed)
	@$(node) scripts/stack/build.ts

# Without its Node the packages count as not installed, whatever the date of the marker.
ifeq ($(wildcard node_modules/.bin/node),)
.PHONY: $(installed)
endif

# One installation at a time, where there is flock: `make start` and `make test` of a fresh clone may run together.
# npm's own list is newer than the marker where npm was run by hand.
$(installed): package-lock.json $(wildcard node_modules/.package-lock.json)
	@command -v node >/dev/null && command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer.'; exit 1; }
	@mkdir -p .ticketing; exec 9>.ticketing/install.lock; ! command -v flock >/dev/null || flock -n 9 || { echo 'waiting for another installation of the packages'; flock 9; }; exec node scripts/install.js
