# Softmax Lab. `make run` and `make test` are all that a newcomer needs.
# Variables: PYTHON, VENV, ADDRESS (0.0.0.0 lets the class in), PORT.
PYTHON ?= python3
VENV ?= .venv
ADDRESS ?= localhost
PORT ?= 8501
BIN := $(VENV)/bin
CODE := app.py pages training model_store tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help run test check fmt clean

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run-ready ## Set everything up and serve the app
	$(BIN)/python -m streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

test: $(VENV)/.test-ready ## Set everything up, check the code and pass every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest

check: $(VENV)/.test-ready ## Format check, lint and types
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy

fmt: $(VENV)/.test-ready ## Format the code and sort its imports
	$(BIN)/ruff check --fix --select I $(CODE)
	$(BIN)/ruff format $(CODE)

clean: ## Remove the environment and what tests left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache tests/artifacts

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Softmax Lab needs Python 3.11 or newer, and there is no $(PYTHON) here. Install it from python.org or your system, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Softmax Lab needs Python 3.11 or newer; $(PYTHON) is older. Say make PYTHON=python3.12, for example."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The environment could not be made. On Debian and Ubuntu: apt install python3-venv."; exit 1; }

$(VENV)/.run-ready: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test-ready: requirements.txt requirements-dev.txt tests/browser/chromium.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python tests/browser/chromium.py
	@touch $@ $(VENV)/.run-ready
