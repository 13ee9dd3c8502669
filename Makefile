# `make` alone lists what there is. Everything runs in a virtual environment of its own (.venv), made when it is first needed.
# A C compiler makes it faster, and is not needed: where there is none, the kernels run uncompiled.

.DEFAULT_GOAL := help
.PHONY: help install-dev demo test laws check bench load cases fixtures fuzz asan wheel clean

VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The first Python that is new enough; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; exit; }; done)

# What is compiled or says what to install: the environment is brought up to date when one of these changes.
INSTALLED_FROM := pyproject.toml setup.py $(wildcard symbolicator/kernels/*.py symbolicator/kernels/*.pxd)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "symbolicator needs Python 3.11 or newer, and none is on the PATH: install one, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11: run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.installed: $(INSTALLED_FROM) | $(BIN)/python
	@echo "Installing symbolicator and what it needs into $(VENV); its kernels are compiled, which takes up to a minute …"
	@$(BIN)/python -m pip install --quiet --editable .
	@$(BIN)/symbolicator --version
	@touch $@

$(VENV)/.installed-dev: $(INSTALLED_FROM) | $(BIN)/python
	@echo "Installing symbolicator and its development tools into $(VENV); its kernels are compiled, which takes up to a minute …"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@$(BIN)/symbolicator --version
	@touch $@ $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

demo: $(VENV)/.installed ## a real minified crash, before and after
	@$(BIN)/python fixtures/demo.py

test: $(VENV)/.installed-dev ## all tests; those of the kernels again, uncompiled
	$(BIN)/python -m pytest -n auto
	SYMBOLICATOR_KERNELS=python $(BIN)/python -m pytest -n auto $(wildcard tests/kernels tests/sourcemaps tests/mappings)

laws: $(VENV)/.installed-dev ## the tests of laws alone, with new examples, many more of them
	$(BIN)/python -m pytest -n auto -m hypothesis --hypothesis-profile search

check: $(VENV)/.installed-dev ## lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

$(VENV)/.installed-bench: $(INSTALLED_FROM) | $(BIN)/python
	@echo "Installing symbolicator and the peers it is measured against into $(VENV); its kernels are compiled, which takes up to a minute …"
	@$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@

bench: $(VENV)/.installed-bench ## side by side with the peers
	@$(BIN)/python benchmarks/run.py

load: $(VENV)/.installed-bench ## the service under load, on this machine only
	@$(BIN)/python benchmarks/load.py

cases: $(VENV)/.installed ## score the fixtures: frames on the right line, with the right name
	@$(BIN)/python fixtures/score.py

fixtures: ## build the JavaScript fixtures again (needs Node.js and the network)
	@command -v node >/dev/null || { echo "building the fixtures needs Node.js; the built ones are in fixtures/" >&2; exit 1; }
	cd fixtures/javascript/recipe && bash build.sh

SECONDS ?= 60
# Seconds that each target is fuzzed for.

fuzz: $(VENV)/.installed-dev ## made-up and damaged inputs, SECONDS=60 a target; what is found is kept and repeated by the tests
	@$(BIN)/python -m benchmarks.fuzz --seconds $(SECONDS)

asan: $(VENV)/.installed-dev ## the same under AddressSanitizer (needs a C compiler with libasan)
	@sh benchmarks/asan.sh $(BIN)/python $(SECONDS)

wheel: $(BIN)/python ## a wheel for this Linux in dist/, tried in a clean environment without a compiler (needs the network)
	@PYTHON=$(BIN)/python bash .ci/wheel

clean: ## remove what was built here, the virtual environment too
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	rm -f symbolicator/kernels/*.c symbolicator/kernels/*.so
	find symbolicator tests fixtures benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
