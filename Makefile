# The repository's own Node (24), whatever the machine has. `exec`, so that signals reach it and not a shell.
node := exec env PATH="$(CURDIR)/node_modules/.bin:$$PATH" node

# Tests get their mongod from infra/local, not from a download at every install.
export MONGOMS_DISABLE_POSTINSTALL := 1

.DEFAULT_GOAL := help
.PHONY: help start stop reset status logs test check bench screenshots

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

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

check: node_modules/.package-lock.json ## types, lint, format
	@$(node) scripts/test.ts check

bench: node_modules/.package-lock.json ## how fast it is, beside what this machine can (QUICK=1: a minute of it)
	@$(node) bench/run.ts

screenshots: node_modules/.package-lock.json ## pictures of every page and state in .ticketing/screenshots
	@$(node) e2e/browser/screenshots.ts

node_modules/.package-lock.json: package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer.'; exit 1; }
	npm ci --loglevel=error
	@touch $@
