# The repository's own Node (24), whatever the machine has. `exec`, so that signals reach it and not a shell.
node := exec env PATH="$(CURDIR)/node_modules/.bin:$$PATH" node

# Tests get their mongod from infra/local, not from a download at every install.
export MONGOMS_DISABLE_POSTINSTALL := 1

.DEFAULT_GOAL := help
.PHONY: help start stop reset status logs test test-cluster check screenshots simulate bugs proof bench built

help: ## what there is to do
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 21

start: node_modules/.package-lock.json ## the marketplace at http://127.0.0.1:3000 (NAME=nats: one process of it)
	@$(node) scripts/stack/cli.ts start $(NAME)

stop: node_modules/.package-lock.json ## stop it (NAME=nats: one process of it)
	@$(node) scripts/stack/cli.ts stop $(NAME)

reset: node_modules/.package-lock.json ## stop it and delete its data
	@$(node) scripts/stack/cli.ts reset

status: node_modules/.package-lock.json ## its processes: id, address, state, memory
	@$(node) scripts/stack/cli.ts status

logs: node_modules/.package-lock.json ## follow its log (NAME=orders: of one service)
	@$(node) scripts/stack/cli.ts logs $(NAME)

test: node_modules/.package-lock.json ## all checks and tests
	@$(node) scripts/test.ts

test-cluster: node_modules/.package-lock.json ## end-to-end tests of a cluster (CLUSTER_URL: how visitors come in)
	@$(node) scripts/test.ts cluster

check: node_modules/.package-lock.json ## types, lint, format
	@$(node) scripts/test.ts check

bench: built ## how fast it is, beside what this machine can (QUICK=1: its shorter scenarios)
	@$(node) bench/run.ts

screenshots: built ## pictures of every page and state in .ticketing/screenshots
	@$(node) e2e/browser/screenshots.ts

simulate: built ## RUNS=200 simulated runs that try to break the promises (SEED=17: the story of one)
	@$(node) proof/simulate.ts

bugs: built ## plant known mistakes one by one and see that each is caught (ONLY=no-void: one of them)
	@$(node) proof/bugs.ts

proof: built ## MINUTES=10 of simulation and of faults in the real marketplace, with a report in .ticketing/proof
	@$(node) proof/proof.ts

# What runs from the sources imports common as the package that it is.
built: node_modules/.package-lock.json
	@$(node) node_modules/typescript/bin/tsc -b common

node_modules/.package-lock.json: package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer.'; exit 1; }
	npm ci --loglevel=error
	@touch $@
