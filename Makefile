# liqbench: everything sets itself up; Python 3.11+ and make are all that is needed.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JUPYTER_PORT ?= 8888
DEALS ?= 1000000
SCENARIOS ?= 12
ROWS ?= 1000000
# Two processes, a file's tests in one of them, in order: those that take longest come early.
SIDE_BY_SIDE = -n 2 --dist loadfile --no-loadscope-reorder
RESULT = build/bench-$(DEALS)-$(SCENARIOS)
# The bench's screen and its JupyterLab extension, which is built last: node comes from the package
# index like everything else.
NPM = PATH="$(abspath $(BIN)):$$PATH" npm --prefix labextension
MODULES := labextension/node_modules/.package-lock.json
SCREEN := src/liqbench/labextensions/liqbench/package.json
SCREEN_SOURCES := $(shell find labextension/src labextension/schema -type f) \
	labextension/build.mjs labextension/tsconfig.json

.DELETE_ON_ERROR:
.PHONY: help demo test test-connect test-cluster lint lab bench screenshots pictures dist lock clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "liqbench needs Python 3.11 or newer; call make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): labextension/package.json labextension/package-lock.json | $(READY)
	$(NPM) ci --silent
	@touch $@

$(SCREEN): $(SCREEN_SOURCES) $(MODULES)
	$(NPM) run --silent build

demo: $(READY) ## The main job on real bank figures and sample deals, from input to published result
	$(BIN)/liqbench demo

# Sessions are many and short: the optimizing compiler of Java wouldn't earn what it costs.
test: export JDK_JAVA_OPTIONS ?= -XX:TieredStopAtLevel=1
test: $(READY) $(SCREEN) ## All tests, the notebooks among them
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --nbval-lax --nbval-cell-timeout=600 notebooks tests

test-connect: $(READY) ## The engine's tests on a Spark Connect server
	$(BIN)/python -m pytest tests/engine tests/impact --spark connect

test-cluster: $(READY) ## The engine's tests on a standalone cluster of two worker processes
	$(BIN)/python -m pytest tests/engine tests/impact --spark cluster

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(READY) $(SCREEN) ## JupyterLab with the notebooks
	$(BIN)/liqbench lab --port $(JUPYTER_PORT)

bench: $(READY) $(SCREEN) ## Ratios of the ways to run scenarios, to sum ratios and to publish; the screen's speed (DEALS=, SCENARIOS=, ROWS=)
	$(BIN)/python -m benchmarks.scenarios --deals $(DEALS) --scenarios $(SCENARIOS) \
		--json $(RESULT).json --picture $(RESULT).svg
	$(BIN)/python -m benchmarks.regulation --deals $(DEALS) --json $(RESULT)-regulation.json
	$(BIN)/python -m benchmarks.publishing --rows $(ROWS) --json build/bench-publishing-$(ROWS).json
	$(BIN)/python -m benchmarks.screen --deals $(DEALS) --json $(RESULT)-screen.json

screenshots: $(READY) $(SCREEN) ## Pictures of every step in both themes, by the browser's tests, into build/screenshots
	$(BIN)/python -m pytest tests/browser --screenshots build/screenshots

pictures: $(READY) $(SCREEN) ## The README's pictures, taken of notebook 04 in a browser, into docs
	$(BIN)/python -m tests.browser.pictures docs

dist: $(READY) $(SCREEN) ## Source distribution and wheel, the built screen in both, into dist
	$(BIN)/hatchling build

lock: $(READY) ## Renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --all-extras --group test --group screen --group bench --group lint --group lock \
		--output-file requirements.lock pyproject.toml

clean: ## Remove the virtual environment and all caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache labextension/node_modules labextension/lib \
		src/liqbench/ui/static src/liqbench/labextensions
