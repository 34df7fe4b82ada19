# The workshop. `make up` and `make test` need Rust, Node and make; everything else is fetched by them.
# What a target does stands beside it; `make help` lists them.

CARGO ?= cargo
DICELAB = target/release/dicelab

.PHONY: help build ui up test bench ci fmt lint doc tidy ui-check ui-e2e
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

build: ui ## the release binary, with the page inside
	$(CARGO) build --release --locked -p dicelab

ui: ## the web page, where its sources and Node are there
	@if [ ! -f ui/package.json ]; then :; \
	elif command -v npm >/dev/null; then cd ui && npm ci --no-fund --no-audit --silent && npm run --silent build; \
	else echo "no npm: the binary is built without the page; install Node and run make again"; fi

up: build ## build all and run the lab with gentle traffic
	$(DICELAB) up

test: ## every test
	$(CARGO) test --locked --workspace

bench: build ## throughput, memory and start-up, as ratios within one run
	$(CARGO) build --release --locked -p lab-bench
	target/release/lab-bench --dicelab $(DICELAB)

ci: fmt lint tidy test doc ui-check ui-e2e ## what must pass before anything lands

fmt:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

tidy:
	$(CARGO) xtask tidy

ui-check: ui
	@if [ ! -f ui/package.json ]; then :; \
	elif command -v npm >/dev/null; then cd ui && npm run --silent lint && npm run --silent check && npm run --silent test; \
	else echo "no npm: the page is not checked"; fi

ui-e2e: ui
	@if [ ! -f ui/package.json ]; then :; \
	elif ! command -v npm >/dev/null; then echo "no npm: the page is not tested in a browser"; \
	elif [ ! -x "$${CHROMIUM:-/usr/bin/chromium}" ]; then echo "no chromium: the page is not tested in a browser"; \
	else $(CARGO) build --locked -p dicelab && cd ui && DICELAB=target/debug/dicelab npm run --silent e2e; fi
