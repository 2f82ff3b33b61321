# The house's commands. Needs only Python >= 3.11 (with venv), git and make; everything else comes from requirements.lock.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first interpreter that really starts (a shim may be there and fail), is new enough and can build an environment.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)
BIN := .venv/bin
BUILT := .venv/built
# The sample school lives on this day, so that every figure in the docs stays true.
export HUB_NOW ?= 2026-11-05T08:00:00+08:00
PYTEST ?= -n 2 --dist loadfile

.PHONY: help setup demo test lint up down lock fuzz bench
help: ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(BUILT) ## build .venv from requirements.lock

$(BUILT): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本（含 venv） / Python >= 3.11 with venv is needed" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { echo "building .venv with $$($(PYTHON) -V)"; rm -rf .venv; $(PYTHON) -m venv .venv; }
	@export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy VIRTUAL_ENV="$(CURDIR)/.venv"; \
	if $(BIN)/python -m pip install -q uv \
		&& $(BIN)/uv pip sync -q --compile-bytecode --require-hashes requirements.lock \
		&& $(BIN)/uv pip install -q --no-deps -e .; then :; \
	else echo "uv cannot be used here: installing with pip" >&2; \
		$(BIN)/python -m pip install -q --require-hashes --no-deps -r requirements.lock; \
		$(BIN)/python -m pip install -q --no-deps -e .; fi
	@touch $@

demo: setup ## the whole house on the sample school, start to end, in var/
	@$(BIN)/python -m dags.demo

test: setup ## all tests; servers from TEST_POSTGRES_URL / TEST_MYSQL_URL, the local ports, or installed binaries
	@env -u HUB_NOW $(BIN)/python -m pytest $(PYTEST)

lint: setup ## style, types, layers, compose file
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

up: setup ## start Airflow (four processes) and the hub API on the sample school
	@$(BIN)/python -m dags.processes up

down: ## stop what `make up` started
	@$(BIN)/python -m dags.processes down

lock: ## write requirements.lock anew from requirements.in (needs Python 3.11, the oldest we serve)
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q uv
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile -q --universal -p "$$(python3.11 -c 'import sys; print(sys.executable)')" --generate-hashes \
		--no-emit-index-url --no-header --no-annotate requirements.in -o requirements.lock

fuzz: setup ## random lives of a flow, many and new each time (FUZZ_EXAMPLES=200 a pair of engines)
	@env -u HUB_NOW FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/python -m pytest -q -n 2 --dist load tests/integration/engine/test_any_sequence.py

bench: setup ## the speed tables of the README
	@$(BIN)/python benchmarks/speed.py $(BENCH)
	@$(BIN)/python benchmarks/api.py
	@$(BIN)/python benchmarks/reports.py
	@$(BIN)/python benchmarks/dags.py
