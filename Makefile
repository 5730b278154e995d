# Softmax Lab. `make run` and `make test` are all that a newcomer needs.
# Variables: PYTHON (else the first of PYTHONS that fits), VENV, ADDRESS (0.0.0.0 lets the class in),
# PORT, SIDE_BY_SIDE (empty: one test after the other).
PYTHONS := python3 python3.13 python3.12 python3.11
VENV ?= .venv
ADDRESS ?= localhost
PORT ?= 8501
# A file of tests stays in one process: its tests share an engine, a server or a model.
# They begin in the order of tests/conftest.py, the longest first.
SIDE_BY_SIDE ?= -n auto --maxprocesses 2 --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CODE := app.py pages training model_store tests benchmarks
# TensorFlow comes for no other; pyproject.toml says the same.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

.DEFAULT_GOAL := help
.PHONY: help run test check fmt clean

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# On a disk that fills, Python 3.11 keeps half of a compiled module, which no later start can read.
run: export PYTHONDONTWRITEBYTECODE := 1
run: $(VENV)/.run-ready ## Set everything up and serve the app
	$(BIN)/python -m streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

# Some fifty processes import the same code: what was compiled for one is kept for the next.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test-ready ## Set everything up, check the code and pass every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: $(VENV)/.test-ready ## Format check, lint, types and imports
	$(BIN)/python -m ruff format --check $(CODE)
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

fmt: $(VENV)/.test-ready ## Format the code and sort its imports
	$(BIN)/python -m ruff check --fix --select I $(CODE)
	$(BIN)/python -m ruff format $(CODE)

clean: ## Remove the environment and what tests left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache tests/artifacts

# The stamp comes last: a venv that was broken off half-way is made again.
$(VENV)/.made:
	@for python in $(or $(PYTHON),$(PYTHONS)); do \
	  "$$python" -c '$(FITS)' 2>/dev/null || continue; \
	  "$$python" -m venv $(VENV) && touch $@ && exit 0; \
	  echo "The environment could not be made in $(VENV). On Debian and Ubuntu: apt install python3-venv."; \
	  exit 1; \
	done; \
	echo "Softmax Lab needs Python 3.11, 3.12 or 3.13, and none was found as $(or $(PYTHON),$(PYTHONS)). Install one from python.org or your system, or name it: make PYTHON=/path/to/python3.12"; \
	exit 1

$(VENV)/.run-ready: requirements.txt $(VENV)/.made
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.test-ready: requirements.txt requirements-dev.txt tests/browser/chromium.py $(VENV)/.made
	$(PIP) -r requirements-dev.txt
	$(BIN)/python tests/browser/chromium.py
	@touch $(VENV)/.run-ready $@
