# Bare `make` lists the targets. Everything a fresh Debian 12 machine lacks is installed by `deps`.
SHELL      := /bin/bash
.SHELLFLAGS := -o pipefail -c
export CGO_ENABLED ?= 1
TAGS       := x11 nowayland
GO_TEST    := go test -tags '$(TAGS)'
WINDOWS    := CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -tags win -trimpath
VERSION    := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS    := -s -w -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help deps build demo test check bench amounts live sim hands faults fuzz windows

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install missing Debian packages (silent when nothing is missing)
	@.ci/deps

build: deps ## build bin/cpos and bin/practice-pos
	@go build -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/cpos ./cmd/practice-pos

demo: build ## play a whole day beside the practice POS; evidence in out/demo
	@bin/cpos demo --out out/demo

test: ## everything: vet, format, staticcheck, floors, tests with the race detector, the Windows build
	@.ci/deps test
	@.ci/test

check: test ## what to run before a push (same as test)

bench: build ## speed and memory, as ratios against a floor measured in the same run; then `make amounts`
	@.ci/deps corpus
	@$(GO_TEST) -run '^$$' -bench . -benchtime 1s ./... | grep -vE '^(PASS|ok|\?)|no test files'
	@.ci/amounts

amounts: build ## draw 40,000 amounts and 4,000 hazards, teach, read and count (SEED, TESTS, STYLES)
	@SEED=$(SEED) TESTS=$(TESTS) STYLES=$(STYLES) .ci/amounts

live: build ## teach and read off a real screen: the practice POS in each look, a web page (AMOUNTS=240 each)
	@.ci/deps test
	@$(GO_TEST) -count=1 -timeout 60m -run TestLiveLooks -v ./hw/screen -amounts $(or $(AMOUNTS),240) | sed -n 's/^ *live_.*: LIVE //p; /^--- FAIL/p; /^FAIL/p'

sim: ## play SEEDS simulated days with every fault on purpose; SEED=n tells one of them
	@go run ./cmd/sim $(if $(SEED),-seed $(SEED),-seeds $(or $(SEEDS),1000))

hands: deps ## scans among typing, plans while windows steal the focus, kills: the full numbers, one line each
	@.ci/hands

faults: build ## try every fault to its full number (ROWS="2 3" for some); one line each
	@.ci/faults $(ROWS)

fuzz: deps ## fuzz every border for FUZZTIME (default 20s) each
	@.ci/fuzz

windows: ## build bin/cpos.exe and bin/practice-pos.exe
	@$(WINDOWS) -ldflags '$(LDFLAGS)' -o bin/ ./cmd/cpos
	@$(WINDOWS) -ldflags '$(LDFLAGS) -H windowsgui' -o bin/ ./cmd/practice-pos
