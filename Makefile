# Two commands do everything on a new machine: `make demo` and `make test`. Neither needs root, nor does a
# third way to look: `make simulator`.
PYTHON ?= python3
LANG_UI ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TYPINGS := $(VENV)/typings
WORKERS ?= 3 # for two processors: some tests wait for a line
COVERED := 95 # percent of lines and branches of the firmware, on CPython
LANGUAGES := $(patsubst firmware/borne/ui/texts_%.py,%,$(wildcard firmware/borne/ui/texts_*.py))
TYPED := $(patsubst boards/%/,typed/%,$(sort $(dir $(wildcard boards/*/*.py))))

.PHONY: help demo simulator qemu pico pico-soak natmod test test-all fuzz lint architecture glyphs format clean typings $(TYPED)

help:
	@echo "make demo      taps on an emulated terminal (LANG_UI: $(LANGUAGES))"
	@echo "make simulator the emulated terminal as a web page on this computer (LANG_UI: $(LANGUAGES))"
	@echo "make test      all tests that need neither root nor hardware"
	@echo "make qemu      the same terminal on an emulated microcontroller (needs Debian packages: it names them)"
	@echo "make pico      the same terminal whole on an emulated Raspberry Pi Pico (needs Debian packages: it names them)"
	@echo "make natmod    the optional native module, for boards of every kind (needs Debian packages: it names them)"
	@echo "make test-all  all tests: those against libnfc and on the emulated microcontroller, too"
	@echo "make fuzz      the tests of damaged messages, phones and lines at length (TIMES=20, SEED=1)"
	@echo "make lint      formatting, lint, types and which folder imports which"

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("borne needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

# The MicroPython stubs replace the standard library's types: kept out of the host's packages, a folder
# for each port.
$(TYPINGS)/%: $(READY)
	$(BIN)/python -m pip install --quiet --upgrade --target $@ "micropython-$*-stubs>=1.28,<1.30"
	@touch $@

typings: $(READY)
	$(MAKE) --no-print-directory $$($(BIN)/python -m bornetools.boards.port | xargs printf '$(TYPINGS)/%s ')

demo: $(READY)
	$(BIN)/borne demo $(if $(LANG_UI),--lang $(LANG_UI))

simulator: $(READY)
	$(BIN)/borne simulator $(if $(LANG_UI),--lang $(LANG_UI))

# Built first: MicroPython's qemu port from MICROPY_SRC, or from Debian's source package.
qemu: $(READY)
	$(BIN)/borne emulate --machine qemu $(if $(LANG_UI),--lang $(LANG_UI))

# The image of a Pico, on npm's rp2040js: docs/boards.md.
$(VENV)/.pico: $(READY)
	$(BIN)/python -m pip install --quiet --editable ".[dev,pico]"
	@touch $@

pico: $(VENV)/.pico
	$(BIN)/borne emulate --machine pico $(if $(LANG_UI),--lang $(LANG_UI))

# Two hours of taps in random order.
TAPS ?= 1000
pico-soak: $(VENV)/.pico
	$(BIN)/borne bench soak --machine pico --taps $(TAPS)

# P-256 in C as a native module, from MicroPython's source, too: docs/native.md.
natmod: $(READY)
	$(BIN)/borne natmod

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not root"

test-all: WORKERS := 2 # QEMU runs in real time
test-all: $(READY)
	mkdir -p build/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --format=total --fail-under=$(COVERED)

# What `make test` has a small share of, at length: TIMES the examples, in an order that SEED says.
TIMES ?= 20
SEED ?= 1
fuzz: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not root" --times $(TIMES) --hypothesis-seed $(SEED) \
		tests/host/test_fuzz_*.py tests/device/test_bad_input.py

lint: $(READY) $(TYPED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy host_tools/bornetools
	$(BIN)/python .ci/imports.py

# The firmware as it stands on each board, against the stubs of its port.
$(TYPED): typed/%: typings
	port=$$($(BIN)/python -m bornetools.boards.port $*) && \
	MYPYPATH=firmware:boards/$*:boards:boards/EMULATED:$(TYPINGS)/$$port $(BIN)/mypy --config-file firmware/mypy.ini \
		--custom-typeshed-dir $(TYPINGS)/$$port --cache-dir .mypy_cache/$$port \
		firmware boards/$* $(if $(wildcard boards/$*/board.py),,boards/board.py)

# docs/architecture-*.svg, from the imports.
architecture: $(READY)
	$(BIN)/python .ci/architecture.py docs

# The fonts' glyphs and what stands for missing ones, from Debian's package xfonts-base.
glyphs: $(READY)
	$(BIN)/python .ci/glyphs.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build
