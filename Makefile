# Two commands do everything on a new machine: `make demo` and `make test`. Neither needs root.
PYTHON ?= python3
LANG_UI ?= fr
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TYPINGS := $(VENV)/typings
WORKERS ?= 2

.PHONY: help demo test test-all lint format clean

help:
	@echo "make demo      taps on an emulated terminal (LANG_UI=fr|en)"
	@echo "make test      all tests that need neither root nor hardware"
	@echo "make test-all  those, and the tests against libnfc (needs Debian's libnfc-bin)"
	@echo "make lint      formatting, lint and types"

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("borne needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

# The MicroPython stubs replace the standard library's types: kept out of the host's packages.
$(TYPINGS): $(READY)
	$(BIN)/python -m pip install --quiet --upgrade --target $(TYPINGS) "micropython-esp32-stubs>=1.28,<1.30"
	@touch $@

demo: $(READY)
	$(BIN)/borne demo --lang $(LANG_UI)

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not root"

test-all: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(READY) $(TYPINGS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy host_tools/bornetools
	$(BIN)/mypy --config-file firmware/mypy.ini firmware boards

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV)
