# What there is to do here. Plain make lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The linters and benchstat, pinned in tools/go.mod. Go builds them once and
# keeps the programs in its build cache.
TOOL := go tool -modfile=tools/go.mod

# Chosen on the command line: make bench BENCH=Append PKG=./store/pebble
PKG ?= ./...
BENCH ?= .
BENCHTIME ?= 1s
COUNT ?= 6
BENCH_DIR ?= .
BASE ?= origin/main
FUZZTIME ?= 20m
FUZZ_EACH ?= 1s
TORTURE ?= Kill|PowerCut|Linearizable
TORTURE_PKG ?= ./store/... ./aggregate ./projection
TORTURE_ROUNDS ?= 1000

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the program: ./recount
	go build -trimpath -o recount ./cmd/recount

.PHONY: test
test: ## Run all tests: race, crowd, clients and fuzz-each, beside each other
	scripts/prepare
	scripts/beside '$(MAKE) race' '$(MAKE) crowd' '$(MAKE) clients fuzz-each'

# The store first, because it takes longest. A process of Go's race detector
# waits a second at its end for races that are still to come: less will do.
.PHONY: race
race: export CGO_ENABLED := 1
race: ## Vet all packages and run their tests with the race detector
	GORACE="atexit_sleep_ms=100 $${GORACE-}" go test -race -vet=all -shuffle=on -count=1 -timeout=30m \
		$$(go list ./store/... ./... | grep -v /e2e/)

.PHONY: e2e
e2e: ## Run the tests that drive the program from outside: crowd and clients
	scripts/beside '$(MAKE) clients' '$(MAKE) crowd'

.PHONY: crowd
crowd: ## Cut a thousand clients off for a minute, most of which is waiting
	go test -vet=all -count=1 -timeout=30m ./e2e/...

.PHONY: clients
clients: ## Run real clients and browsers against the program
	npm test

.PHONY: lint
lint: ## Check modules, form and code
	scripts/prepare
	go mod tidy -diff
	go -C tools mod tidy -diff
	$(TOOL) golangci-lint fmt --diff
	$(TOOL) golangci-lint run
	npm run lint

.PHONY: fmt
fmt: ## Repair the form of the code
	$(TOOL) golangci-lint fmt
	npm run fmt

.PHONY: fuzz-each
fuzz-each: ## Run every fuzz target for FUZZ_EACH (1s)
	scripts/fuzz each $(FUZZ_EACH)

.PHONY: fuzz
fuzz: ## Share FUZZTIME (20m) among all fuzz targets
	scripts/fuzz total $(FUZZTIME)

# A run of nothing must not look like a success: -list comes first.
.PHONY: torture
torture: export RECOUNT_TORTURE_ROUNDS := $(TORTURE_ROUNDS)
torture: export RECOUNT_JITTER_CLIENTS := 9000
torture: export RECOUNT_JITTER_SECONDS := 600
torture: ## Crash and kill what is kept TORTURE_ROUNDS (1000) times; cut 9,000 clients off for 10 minutes
	listed=$$(go test -list '$(TORTURE)' $(TORTURE_PKG)); \
	grep '^Test' <<<"$$listed" || { echo 'no test is called $(TORTURE)' >&2; exit 1; }
	go test -run '$(TORTURE)' -count=1 -timeout=12h -v $(TORTURE_PKG)
	go test -run Jitter -count=1 -timeout=1h -v ./e2e/jitter

.PHONY: bench
bench: ## Run benchmarks: BENCH (.), PKG (./...), COUNT (6), BENCHTIME (1s)
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) -timeout=2h $(PKG)

.PHONY: bench-compare
bench-compare: ## Compare the benchmarks of BASE (origin/main) with the working tree
	scripts/bench-compare '$(BASE)' '$(COUNT)' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -timeout=2h $(PKG)

.PHONY: bench-meeting
bench-meeting: ## Measure joins and actions of the meeting in Chromium
	scripts/prepare
	npm run bench -w e2e

.PHONY: bench-long
bench-long: ## Measure reading, and appends with 10 M events in the log, in BENCH_DIR (.)
	go run ./cmd/recount bench read --long --dir '$(BENCH_DIR)'
