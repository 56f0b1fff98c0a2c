# Everything one needs is one word away; each target sets up what it needs. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
UV := $(VENV)/bin/uv
PYTHON3 ?= python3

# Telemetry of all parts is off, and Prefect keeps its own things inside the project.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_HOME := $(CURDIR)/.prefect
export PREFECT_LOGGING_LEVEL ?= WARNING
export UV_PYTHON_DOWNLOADS := never
export PRESSRUN_ROOT := $(CURDIR)
# Compiled modules are kept: without them each command takes twice as long to start.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# Your own stores, or the demo's as long as there are none of your own.
STORES := $(or $(PRESSRUN_HOME),$(if $(wildcard data/ledger.sqlite),data,$(if $(wildcard data/demo/ledger.sqlite),data/demo,data)))
TEST_WORKERS ?= auto
SQL := $(shell find pressrun segments -name '*.sql')


.PHONY: check-style check-types check-imports check-sql
.PHONY: help setup demo stop test check bench prove dashboard serve receiver golden lock clean

help: ## List what can be done
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make the environment (every other target does it by itself)

$(VENV)/.ready: requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Pressrun needs Python 3.11 or newer."; exit 2; }
	@test -x $(PYTHON) || $(PYTHON3) -m venv $(VENV)
	@echo "Installing what Pressrun runs on …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	@$(UV) pip install --quiet --compile-bytecode --require-hashes --python $(PYTHON) -r requirements.txt
	@$(UV) pip install --quiet --compile-bytecode --require-hashes --python $(PYTHON) -r requirements-dev.txt
	@$(UV) pip install --quiet --no-deps --python $(PYTHON) -e .
	@touch $@

demo: setup ## Run all of it on sample data with the sandbox
	@PRESSRUN_HOME=data/demo pressrun demo

stop: setup ## Stop what the demo left running (Prefect's pages, sandbox, receiver)
	@PRESSRUN_HOME=data/demo pressrun demo --stop

dashboard: setup ## Open the dashboard on your stores, or the demo's while there are none
	@echo "Reading $(STORES). Open http://127.0.0.1:8501 — Ctrl-C ends it."
	@env -u SENDGRID_API_KEY PRESSRUN_HOME=$(STORES) streamlit run dashboards/app.py --server.port 8501

serve: setup ## Run Prefect's server, a worker and all schedules on this machine
	@bash flows/serve.sh

receiver: setup ## Take webhook events and unsubscribes
	@pressrun receiver

test: check ## Everything that guards the project, in under 6 minutes
	@pytest -n $(TEST_WORKERS) --dist worksteal -m "not prove"

check: setup ## Style, types, import rules, SQL, segments
	@$(MAKE) --no-print-directory --jobs 2 check-types check-style check-imports check-sql

check-style:
	@ruff check --quiet . && ruff format --quiet --check .

check-types:
	@mypy --no-error-summary

check-imports:
	@lint-imports --no-cache

check-sql: $(VENV)/.sql-linted
	@pressrun segment --check > /dev/null || pressrun segment --check

# Only what has changed since it was found in order: all of it takes sqlfluff a quarter of a minute.
$(VENV)/.sql-linted: $(VENV)/.ready .sqlfluff $(SQL)
	@sqlfluff lint --disable-progress-bar $(if $(filter-out %.sql,$?),pressrun segments,$?)
	@touch $@

prove: setup ## The slow proofs: kill sweeps and a million rows
	@pytest -m prove -n $(TEST_WORKERS) --dist worksteal --timeout 3600

bench: setup ## Figures, each beside a floor measured in the same run
	@for file in benchmarks/*.py; do echo "== $$file"; $(PYTHON) $$file || exit 1; done

golden: setup ## Write the golden files of the layouts anew, after a change on purpose
	@$(PYTHON) tests/issues/golden_issues.py

lock: setup ## Compile requirements.txt and requirements-dev.txt anew
	@for name in requirements requirements-dev; do \
	  $(UV) pip compile $$name.in --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-emit-index-url --no-emit-find-links --no-header --quiet -o $$name.txt; done

clean: setup ## Delete the demo's stores and Prefect's; your own stay
	@PRESSRUN_HOME=data/demo pressrun demo --stop 2>/dev/null; rm -rf data/demo .prefect
