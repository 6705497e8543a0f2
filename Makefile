# What there is to do here. Plain make lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

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
FUZZ_EACH ?= 3s
TORTURE ?= Kill|PowerCut
TORTURE_ROUNDS ?= 1000

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the program: ./recount
	go build -trimpath -o recount ./cmd/recount

.PHONY: test
test: export CGO_ENABLED := 1
test: ## Run all tests with the race detector, and every fuzz target for FUZZ_EACH (3s)
	scripts/prepare
	go vet -race ./...
	go test -race -shuffle=on -count=1 ./...
	scripts/fuzz each $(FUZZ_EACH)

.PHONY: lint
lint: ## Check modules, form and code
	go mod tidy -diff
	go -C tools mod tidy -diff
	$(TOOL) golangci-lint fmt --diff
	$(TOOL) golangci-lint run

.PHONY: fmt
fmt: ## Repair the form of the code
	$(TOOL) golangci-lint fmt

.PHONY: fuzz
fuzz: ## Share FUZZTIME (20m) among all fuzz targets
	scripts/fuzz total $(FUZZTIME)

# A run of nothing must not look like a success: -list comes first.
.PHONY: torture
torture: export RECOUNT_TORTURE_ROUNDS := $(TORTURE_ROUNDS)
torture: ## Crash and kill the store TORTURE_ROUNDS (1000) times
	listed=$$(go test -list '$(TORTURE)' ./store/...); \
	grep '^Test' <<<"$$listed" || { echo 'no test is called $(TORTURE)' >&2; exit 1; }
	go test -run '$(TORTURE)' -count=1 -timeout=12h -v ./store/...

.PHONY: bench
bench: ## Run benchmarks: BENCH (.), PKG (./...), COUNT (6), BENCHTIME (1s)
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) -timeout=2h $(PKG)

.PHONY: bench-compare
bench-compare: ## Compare the benchmarks of BASE (origin/main) with the working tree
	scripts/bench-compare '$(BASE)' '$(COUNT)' -bench '$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -timeout=2h $(PKG)

.PHONY: bench-long
bench-long: ## Measure reading, and appends with 10 M events in the log, in BENCH_DIR (.)
	go run ./cmd/recount bench read --long --dir '$(BENCH_DIR)'
