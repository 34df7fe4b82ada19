# The workshop. `make up` and `make test` need Rust, Node and make; everything else is fetched by them.
# What a target does stands beside it; `make help` lists them.

CARGO ?= cargo
FUZZ_SECONDS ?= 600
DICELAB = target/release/dicelab

.PHONY: help build ui up foreign peers test test-often advisories bench diff-pairs endure report fuzz ci fmt lint doc tidy ui-check ui-e2e stack image-root image-check k8s-render \
	deploy-check
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ui ## the release binary, with the page inside
	$(CARGO) build --release --locked -p dicelab

# Folders stand in the list, too: their time changes when a file is deleted.
PAGE_SOURCES = $(shell find ui/src) ui/index.html ui/package.json ui/tsconfig.json ui/vite.config.ts

ifeq ($(wildcard ui/package.json),)
ui:
else ifeq ($(shell command -v npm),)
ui:
	@echo "no npm: the binary is built without the page; install Node and run make again"
else
ui: ui/dist/index.html ## the web page, where its sources and Node are there; nothing, if they have not changed

ui/dist/index.html: ui/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd ui && npm run --silent build

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-fund --no-audit --silent
	@touch $@
endif

up: build ## build all and run the lab with gentle traffic
	$(DICELAB) up

test: ## every test
	$(CARGO) test --locked --workspace

N ?= 10
BUSY ?= 5
test-often: ## every test N (10) times, BUSY (5) of them beside a busy compiler, as a table
	$(CARGO) xtask test-often $(N) $(BUSY)

bench: build ## throughput, memory and start-up, as ratios within one run
	$(CARGO) build --release --locked -p lab-bench
	target/release/lab-bench --dicelab $(DICELAB)

PAIRS ?= 20
diff-pairs: build ## what `dicelab diff` tells of PAIRS (20) pairs of equal runs, and of as many slower ones
	$(CARGO) build --release --locked -p lab-bench
	target/release/lab-bench diff-pairs --pairs $(PAIRS) --dicelab $(DICELAB)

endure: build ## PART=overload|kills|flips|silent|fuzz|soak for up to two hours; figures into docs/endurance.md
	$(CARGO) build --release --locked -p lab-bench
	target/release/lab-bench endure $(PART) --dicelab $(DICELAB)

report: build ## let `dicelab verify` judge a lab of its own and file the report in docs/report.md
	@data=$$(mktemp -d); $(DICELAB) up --in-memory --data-dir $$data --port-offset 6000 2>/dev/null & lab=$$!; \
	trap 'kill $$lab; wait $$lab; rm -rf $$data' EXIT; \
	$(DICELAB) verify --port-offset 6000 --format markdown >docs/report.md.new; status=$$?; \
	mv docs/report.md.new docs/report.md; exit $$status

fuzz: ## hostile queries of the three languages and bodies of every format, for FUZZ_SECONDS (600) each
	DICELAB_FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --locked -p lab-api --test acceptance fuzz -- --nocapture --test-threads 3

ci: fmt lint tidy advisories foreign test doc ui-check ui-e2e deploy-check image-check ## what must pass before anything lands

FOREIGN = crates/dicelab/tests/foreign
foreign: $(FOREIGN)/.venv/installed $(FOREIGN)/node_modules/page.js $(FOREIGN)/.tools/installed ## the SDKs of the foreign application, which a test runs

$(FOREIGN)/.venv/installed: $(FOREIGN)/requirements.txt
	python3 -m venv $(FOREIGN)/.venv
	$(FOREIGN)/.venv/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The test runner of the guide's page about tests.
$(FOREIGN)/.tools/installed: Makefile
	npm install --prefix $(FOREIGN)/.tools --no-fund --no-audit --silent jest@30.5.2
	@touch $@

$(FOREIGN)/node_modules/page.js: $(FOREIGN)/package-lock.json $(wildcard $(FOREIGN)/*.mjs)
	cd $(FOREIGN) && npm ci --no-fund --no-audit --silent && npm run --silent page

# The programs of others that are in the folder PEERS (docs/peers.md); the sum of what was found stands at the end.
PEERS_REPORT = $(CURDIR)/target/peers.txt
PEERS_ENV = DICELAB_PEERS=$(abspath $(PEERS)) DICELAB_PEERS_REPORT=$(PEERS_REPORT)
peers: ## PEERS=DIR: original products record their answers anew, real clients send to the lab
	@[ -d "$(PEERS)" ] || { echo "make peers PEERS=DIR needs a folder with programs; docs/peers.md says which"; exit 2; }
	@mkdir -p target; rm -f $(PEERS_REPORT); failed=""; \
	$(PEERS_ENV) $(CARGO) test --locked -p lab-api --test parity written_anew || failed="$$failed records"; \
	$(CARGO) test --locked -p lab-api --test parity || failed="$$failed comparison"; \
	$(PEERS_ENV) $(CARGO) test --locked -p dicelab --test e2e peers || failed="$$failed clients"; \
	echo; sort -u $(PEERS_REPORT); \
	echo "records that changed:"; git status --short -- crates/lab-api/tests/parity; \
	[ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

fmt:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

tidy:
	$(CARGO) xtask tidy

# Compiled once into target/, and only where the advisories can be had.
DENY_VERSION = 0.20.2
DENY = target/tools/cargo-deny-$(DENY_VERSION)
ADVISORIES = https://github.com/rustsec/advisory-db
$(DENY)/bin/cargo-deny:
	$(CARGO) install cargo-deny --version $(DENY_VERSION) --locked --quiet --root $(DENY)

advisories: ## known holes of dependencies
	@if ! GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code $(ADVISORIES) HEAD >/dev/null 2>&1; then \
	  echo "advisories: not checked, because the database $(ADVISORIES) cannot be reached"; \
	else $(MAKE) --no-print-directory $(DENY)/bin/cargo-deny && $(DENY)/bin/cargo-deny --locked check advisories; fi

ui-check: ui
	@if [ ! -f ui/package.json ]; then :; \
	elif command -v npm >/dev/null; then cd ui && npm run --silent lint && npm run --silent check && npm run --silent test; \
	else echo "no npm: the page is not checked"; fi

ui-e2e: ui
	@if [ ! -f ui/package.json ]; then :; \
	elif ! command -v npm >/dev/null; then echo "no npm: the page is not tested in a browser"; \
	elif [ ! -x "$${CHROMIUM:-/usr/bin/chromium}" ]; then echo "no chromium: the page is not tested in a browser"; \
	else $(CARGO) build --locked -p dicelab && cd ui && DICELAB=target/debug/dicelab npm run --silent e2e; fi

# deploy/: see deploy/README.md
stack: ## the services and the real Grafana stack, by Docker
	docker compose -f deploy/compose/compose.yaml up --build

image-root: ## the root directory of the services' image, in target/image
	CARGO=$(CARGO) deploy/image/root.sh release target/image

# The profile of the tests, whose dependencies are compiled already: the check is about linking, not about speed.
image-check: ## the services run in the image's root directory
	@rm -rf target/image-check
	CARGO=$(CARGO) deploy/image/root.sh dev target/image-check
	$(CARGO) xtask image target/image-check

k8s-render: ## the overlays for Kubernetes, rendered
	for overlay in single-node distributed; do \
	  kubectl kustomize deploy/k8s/overlays/$$overlay > deploy/k8s/rendered/$$overlay.yaml; done

VALIDATE = target/kubernetes-validate
$(VALIDATE)/bin/kubernetes-validate: deploy/k8s/requirements.txt
	python3 -m venv $(VALIDATE)
	$(VALIDATE)/bin/pip install --quiet --disable-pip-version-check --requirement deploy/k8s/requirements.txt
	@touch $@

deploy-check: ## what can be known of deploy/ without running it
	$(CARGO) xtask deploy
	@if ! command -v promtool >/dev/null; then echo "no promtool: deploy/prometheus is not checked"; \
	else promtool check config deploy/prometheus/prometheus.yml >/dev/null && \
	  promtool test rules deploy/prometheus/rules/tests/*.yml >/dev/null && echo "deploy: promtool agrees"; fi
	@if ! command -v python3 >/dev/null; then echo "no python3: the Kubernetes manifests are not validated"; \
	else $(MAKE) --no-print-directory $(VALIDATE)/bin/kubernetes-validate && \
	  grep -L '^kind: Kustomization' deploy/k8s/*/*.yaml | \
	  xargs $(VALIDATE)/bin/kubernetes-validate --strict --quiet && echo "deploy: the manifests are valid"; fi
