# Needs nothing but Python 3.11 or newer; uses uv where it is on the PATH. `make` says what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
DEMO ?= demo
WORKERS ?= 2
PYTEST_ARGS ?=
SOAK ?= 50

# Pages with generated parts (cog); `make docs` checks that they are up to date.
GENERATED := $(wildcard README.md docs/reference/*.md)

.PHONY: help
help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/.installed ## see it work: import the sample inventory twice, in ./demo
	@mkdir -p "$(DEMO)"
	@cd "$(DEMO)" && "$(CURDIR)/$(BIN)/stocktake" demo

.PHONY: setup
setup: $(VENV)/.installed-dev ## make .venv with the package and everything for working on it

.PHONY: test
test: $(VENV)/.installed-dev ## everything that must hold: checks, two at a time, then all tests on SQLite and a real PostgreSQL
	@$(MAKE) --no-print-directory -j 2 types docs imports lint
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.installed-dev ## ruff: lint, and whether the format is right
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: format
format: $(VENV)/.installed-dev ## ruff: mend what can be mended, and format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: types
types: $(VENV)/.installed-dev ## mypy, strict
	$(PY) -m mypy

.PHONY: imports
imports: $(VENV)/.installed-dev ## import-linter: the layers
	$(BIN)/lint-imports

.PHONY: docs
docs: $(VENV)/.installed-dev ## whether the generated parts of the pages are up to date
	$(if $(GENERATED),$(PY) -m cogapp --check --diff $(GENERATED),@echo "no generated pages")

.PHONY: generate
generate: $(VENV)/.installed-dev ## write the generated parts of the pages anew
	$(if $(GENERATED),$(PY) -m cogapp -r $(GENERATED),@echo "no generated pages")

.PHONY: tour
tour: $(VENV)/.installed-dev ## make the pictures of docs/tutorial/tour.md anew
	STOCKTAKE_TOUR=1 $(PY) -m pytest -n 0 -q tests/browser/test_tour.py

.PHONY: bench
bench: $(VENV)/.installed-dev ## how fast it is, beside the databases' own loaders and other tools, on SQLite and PostgreSQL
	$(PY) -m benchmarks $(BENCH_ARGS)

.PHONY: soak
soak: $(VENV)/.installed-dev ## the tests that live on chance, fifty times as often (SOAK=50): some hours
	STOCKTAKE_SOAK=$(SOAK) $(PY) -m pytest -n $(WORKERS) --dist worksteal -m chance $(PYTEST_ARGS)

.PHONY: peers
peers: $(VENV)/.installed-dev ## install the tools that `make bench` can compare with, in benchmarks/.peers-venv
	$(PY) -m benchmarks.peers --setup

.PHONY: build
build: $(VENV)/.installed-dev ## wheel and source archive in dist/
	$(PY) -m build

.PHONY: clean
clean: ## remove .venv, caches and what was built
	rm -rf $(VENV) benchmarks/.peers-venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp each for the venv, the package, and the tools; newer than pyproject.toml means nothing to do.

$(VENV)/.created:
	@set -eu; \
	recent='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! $(PY) -c "$$recent" 2>/dev/null; then \
	    rm -rf $(VENV); \
	    python=; \
	    for each in python3 python3.13 python3.12 python3.11 python; do \
	        if "$$each" -c "$$recent" >/dev/null 2>&1; then python=$$each; break; fi; \
	    done; \
	    if command -v uv >/dev/null 2>&1 && uv venv --quiet --python "$${python:->=3.11}" $(VENV); then :; \
	    elif [ -z "$$python" ]; then \
	        echo "Stocktake needs Python 3.11 or newer; found none as python3, python3.13, python3.12, python3.11" >&2; exit 1; \
	    elif ! "$$python" -m venv --clear $(VENV); then \
	        rm -rf $(VENV); echo "$$python cannot make a venv; on Debian and Ubuntu install python3-venv" >&2; exit 1; \
	    fi; \
	fi; \
	touch $@

# $(call install,REQUIREMENT): with uv, or with pip where there is no uv or it cannot
define install
	@set -eu; \
	if command -v uv >/dev/null 2>&1 && uv pip install --quiet --python $(PY) $(1); then :; else \
	    $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip --upgrade >/dev/null; \
	    $(PY) -m pip install --quiet --disable-pip-version-check $(1); \
	fi
endef

$(VENV)/.installed: pyproject.toml | $(VENV)/.created
	@echo "installing stocktake into $(VENV)"
	$(call install,--editable .)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.created
	@echo "installing stocktake and its tools into $(VENV)"
	$(call install,--editable '.[dev]')
	@$(PY) -m compileall -q src
	@touch $(VENV)/.installed $@
