# make demo · make test · make bench — each does the set-up it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
RELEASE := build/release
DEMO_HOME := $(CURDIR)/demo-home
export PYTHONDONTWRITEBYTECODE := 1
# One compiler cache serves every checkout of the project.
export CCACHE_BASEDIR := $(CURDIR)

.PHONY: help setup build demo test test-unit test-sanitizers test-fuzz test-python fuzz build-fuzz bench lint format tidy clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .stamps/apt .stamps/venv ## install the pinned Debian packages and the Python environment of the contract

.stamps/apt: apt.txt tools/install_packages.sh
	tools/install_packages.sh apt.txt
	@mkdir -p $(@D) && touch $@

.stamps/venv: contract/requirements.txt .stamps/apt
	rm -rf .venv
	python3 -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@mkdir -p $(@D) && touch $@

build: setup ## build bin/tidemill and bin/dagster-pipelines (release)
	cmake --preset release > /dev/null
	cmake --build --preset release
	@mkdir -p bin
	cp -f $(RELEASE)/apps/tidemill/tidemill $(RELEASE)/apps/dagster-pipelines/dagster-pipelines bin/
	cp --remove-destination $(RELEASE)/apps/tidemill/webapp.pack bin/  # A running server has it mapped.

demo: build ## run the demo pipelines on SQLite and show their reports
	tools/demo.sh $(DEMO_HOME)

test: lint test-unit test-python test-sanitizers test-fuzz ## everything that CI runs
	@echo "make test: all parts passed"

test-unit: build
	ctest --preset release -j2

test-python: build
	TIDEMILL_BUILD=$(CURDIR)/$(RELEASE) $(PYTHON) -m pytest -q tests

# ThreadSanitizer is for the modules that start threads; the others have none to race with.
THREADED := storage storage_sqlite engine http
test-sanitizers: setup
	cmake --preset asan > /dev/null
	cmake --build --preset asan
	ctest --preset asan -j2
	cmake --preset tsan > /dev/null
	cmake --build --preset tsan --target $(THREADED:%=tidemill_%_test)
	ctest --preset tsan -j2 -R '^($(shell echo $(THREADED) | tr ' ' '|'))\.'

# A change is judged by a run that can be repeated; `make fuzz` hunts further, from another seed each time.
FUZZ_SECONDS ?= 60
test-fuzz: build-fuzz
	tools/run_fuzzers.sh build/fuzz $(FUZZ_SECONDS) 1

fuzz: build-fuzz ## hunt for inputs that break a parser, FUZZ_SECONDS for each (an hour or more pays)
	tools/run_fuzzers.sh build/fuzz $(FUZZ_SECONDS)

build-fuzz: setup
	cmake --preset fuzz > /dev/null
	cmake --build --preset fuzz --target fuzzers

bench: build ## measure side by side with real Dagster; figures go to bench/results/
	$(PYTHON) bench/run.py

lint: setup ## include directions, formatting, shell scripts
	$(PYTHON) tools/lint_includes.py
	tools/format.sh --check
	shellcheck tools/*.sh .ci/run

tidy: setup ## clang-tidy over the sources (slow)
	cmake --preset dev > /dev/null
	tools/tidy.sh build/dev

format: setup ## rewrite the sources in the house format
	tools/format.sh

clean: ## remove what was built (not the Python environment)
	rm -rf build bin demo-home
