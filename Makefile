# 格哨 Geshao. `make help` lists everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
PYTEST_ARGS ?= -n 2 --dist worksteal
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

# Dozens of tests start the service: its modules are compiled once, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check format lock bench fuzz crash detection migration pages shots soak vendor lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 20

run: $(RUN_STAMP)  ## set up, then run the whole service with real readings playing and short deadlines
	@exec $(BIN)/geshao demo

test: $(DEV_STAMP)  ## set up, then run every test against a real PostgreSQL and real brokers
	@sh scripts/test_needs.sh
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(DEV_STAMP)  ## format, lint, types, import contracts, dependencies, migration drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	@if command -v npm >/dev/null; then sh scripts/vendor.sh --check; else echo "no npm: the browser libraries are not compared with their lock"; fi
	$(BIN)/python -m pytest -q -p no:randomly tests/migrations

format: $(DEV_STAMP)  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

crash: $(DEV_STAMP)  ## the crash tests, many more kills and seeds than in `make test` (about 30 minutes)
	CRASH_KILLS=40 CRASH_SEEDS=200 $(BIN)/python -m pytest tests/crash -p no:randomly --timeout=1800

fuzz: $(DEV_STAMP)  ## properties with many examples, lives of orders, then mutated messages into both decoders (about 40 minutes)
	$(BIN)/python -m pytest -q -n 0 --hypothesis-profile=fuzz --hypothesis-show-statistics --timeout=1800 tests/unit/ingest -k crash
	$(BIN)/python -m pytest -q -n 0 --hypothesis-profile=fuzz --timeout=3600 tests/flow/test_order_machine.py
	WALKS=200 $(BIN)/python -m pytest -q --timeout=3600 tests/api/test_signatures.py
	OPENAPI_EXAMPLES=40 $(BIN)/python -m pytest -q --timeout=3600 tests/api/test_openapi.py
	$(BIN)/python -m tests.fuzz 600
	@if $(BIN)/python -c 'import atheris' 2>/dev/null; then $(BIN)/python -m tests.fuzz.with_atheris 1200; \
	else echo "guided by coverage, on Linux on x86-64: $(BIN)/python -m pip install atheris, and again"; fi

bench: $(DEV_STAMP)  ## the benchmarks, with their ceilings in the same run (about 6 minutes; needs mosquitto and chromium)
	@sh scripts/test_needs.sh
	$(BIN)/python -m benchmarks

detection: $(DEV_STAMP)  ## measure detection on scenes and real records; writes the tables of docs/detection.md and docs/integrity.md
	$(BIN)/python -m evaluation report
	$(BIN)/python -m evaluation integrity

migration: $(DEV_STAMP)  ## draft a migration from the models: make migration m="add a table"
	$(BIN)/python scripts/draft_migration.py "$(m)"

shots: $(DEV_STAMP)  ## every page as a picture, in both languages and themes, at three widths: make shots to=DIRECTORY (about 5 minutes)
	@sh scripts/test_needs.sh
	SHOTS=$(or $(to),var/shots) $(BIN)/python -m pytest -q -n 0 tests/browser/test_rooms.py -k picture

pages: $(DEV_STAMP)  ## every page in all of its guises, where `make test` tries each page in one (about 5 minutes)
	@sh scripts/test_needs.sh
	EVERY_GUISE=1 $(BIN)/python -m pytest -q -n 2 tests/browser/test_rooms.py -k page

soak: $(DEV_STAMP)  ## the duty board under 5,000 events, as many as in a bad night: nothing lost, memory bounded (about 5 minutes)
	@sh scripts/test_needs.sh
	SOAK_EVENTS=5000 $(BIN)/python -m pytest -q -n 0 tests/browser/test_storm.py -k storm

vendor: $(DEV_STAMP)  ## take the browser libraries and the font of package-lock.json into the product (needs npm)
	@sh scripts/vendor.sh

lock: $(DEV_STAMP)  ## lock the dependencies anew, with hashes and without any address
	$(PIP) install uv
	$(UV_COMPILE) --extra install -o requirements.lock
	$(UV_COMPILE) --extra dev -o requirements-dev.lock

clean:  ## remove what was set up and what a demonstration stored
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "geshao: needs Python 3.11 or newer; name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "geshao: this Python cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2; exit 1; }

$(RUN_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@[ -e $(DEV_STAMP) ] && [ $(DEV_STAMP) -nt requirements.lock ] || { echo "geshao: installing the locked dependencies (once)"; $(PIP) install --require-hashes -r requirements.lock; }
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "geshao: installing the locked dependencies for development (once)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
