# Softmax Lab: `make run` starts the app, `make test` tests it.
# Variables: PYTHON (default: the first of PYTHONS that fits), VENV, ADDRESS (0.0.0.0 accepts other
# computers), PORT, SIDE_BY_SIDE (empty: no parallel tests).
PYTHONS := python3 python3.13 python3.12 python3.11
VENV ?= .venv
ADDRESS ?= localhost
PORT ?= 8501
# The tests of a file run in one process, since they share an engine or a model, and so do all
# browser tests, which share an app. tests/conftest.py sets that, and the order: the longest first.
SIDE_BY_SIDE ?= -n auto --maxprocesses 2 --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CODE := app.py pages training model_store tests benchmarks
# TensorFlow supports only these; pyproject.toml has the same limits.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

.DEFAULT_GOAL := help
.PHONY: help run test words check fmt clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# On a full disk, Python 3.11 writes truncated bytecode, and the next start fails.
run: export PYTHONDONTWRITEBYTECODE := 1
run: $(VENV)/.run-ready ## Set everything up and serve the app
	$(BIN)/python -m streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

# Keep bytecode, since about fifty test processes import the same code.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test-ready ## Set everything up, check the code and pass every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

words: $(VENV)/.run-ready ## Bring the catalogues to the sentences of today
	$(BIN)/python -m model_store.text.extract

check: $(VENV)/.test-ready ## Format check, lint, types and imports
	$(BIN)/python -m ruff format --check $(CODE)
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

fmt: $(VENV)/.test-ready ## Format the code and sort its imports
	$(BIN)/python -m ruff check --fix --select I $(CODE)
	$(BIN)/python -m ruff format $(CODE)

clean: ## Remove the environment and the output of tests
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache tests/artifacts

# The stamp comes last, so that an unfinished environment is made again.
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
