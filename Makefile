# Each target makes the environment it needs; an empty clone and a Python of 3.11 or newer are enough.
# Variables: PYTHON (the interpreter to build on), VENV, PEERS (where the environments stand), WORKERS (how many
# processes run the tests).

PYTHON ?= python3
VENV ?= .venv
PEERS ?= .venv-peers
WORKERS ?= 2

BIN := $(VENV)/bin
STEP = @$(PYTHON) tools/step.py
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
EXTRAS := arrow,cli,codegen,dask,emulator,fsspec,keyring,pandas,preview,tqdm
TYPED := codegen/xnat_codegen runtime/xnat_runtime emulator/xnat_emulator generated/xnat_sdk examples tools
PYRIGHT := $(BIN)/python -m pyright --pythonpath $(BIN)/python
CHECKS := check-format check-lint check-rules check-stale check-mypy check-pyright check-mypy-win32 check-pyright-win32

export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# The theme advertises another tool at each build.
export NO_MKDOCS_2_WARNING := 1
CLIENTS := xnatpy pyxnat xnatctl
PEER_STAMPS := $(CLIENTS:%=$(PEERS)/%/.stamp)
# Tests that run clients written by others find their environments here.
export XNAT_PEERS := $(abspath $(PEERS))

.DEFAULT_GOAL := help
.PHONY: help demo test test-all pytest check $(CHECKS) generate docs bench soak format lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

demo: $(VENV)/.stamp ## regenerate the SDK, start a demo server, run a typed script against it
	@$(BIN)/python examples/run_demo.py

test: check pytest ## check, then every test

test-all: check ## check, then every test under every supported Python found on this machine
	@$(PYTHON) tools/every_python.py $(MAKE) --no-print-directory pytest

pytest: $(VENV)/.stamp $(PEER_STAMPS) ## the tests alone
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: $(VENV)/.stamp ## format, lint, import rules, stale output, types: the quick loop while working
	@echo "check: $(words $(CHECKS)) steps, two at a time"
	@$(MAKE) --no-print-directory --keep-going -j2 $(CHECKS)

check-format: $(VENV)/.stamp
	$(STEP) "format (ruff format --check)" $(BIN)/ruff format --quiet --check .

check-lint: $(VENV)/.stamp
	$(STEP) "lint (ruff check)" $(BIN)/ruff check --quiet .

check-rules: $(VENV)/.stamp
	$(STEP) "house rules (tests/test_architecture.py)" $(BIN)/python -m pytest -q tests/test_architecture.py

check-stale: $(VENV)/.stamp
	$(STEP) "generated/ is current (xnat-codegen check)" $(BIN)/xnat-codegen check
	$(STEP) "docs/cli-reference.md is current" $(BIN)/python tools/cli_reference.py --check

check-mypy: $(VENV)/.stamp
	$(STEP) "types (mypy --strict)" $(BIN)/mypy --strict $(TYPED)

check-mypy-win32: $(VENV)/.stamp
	$(STEP) "types on win32 (mypy --strict)" $(BIN)/mypy --strict --platform win32 --cache-dir .mypy_cache/win32 $(TYPED)

check-pyright: $(VENV)/.stamp
	$(STEP) "types (pyright, strict)" $(PYRIGHT)

check-pyright-win32: $(VENV)/.stamp
	$(STEP) "types on win32 (pyright, strict)" $(PYRIGHT) --pythonplatform Windows

generate: $(VENV)/.stamp ## write generated/ again from schemas/ and templates/, and docs/cli-reference.md
	@$(BIN)/xnat-codegen generate
	@$(BIN)/python tools/cli_reference.py

# Not with --quiet: mkdocs then counts no warnings, and builds in spite of them.
docs: $(VENV)/.stamp ## build the docs site into site/, then run the code of every page, check its types, links and layout
	$(STEP) "write the data dictionary (xnat-codegen dictionary)" $(BIN)/xnat-codegen dictionary --out docs/dictionary
	$(STEP) "build site/ (mkdocs build --strict)" $(BIN)/python -m mkdocs build --strict
	$(STEP) "code, types, links and layout (tests/docs)" env XNAT_EVERY_PAGE=1 $(BIN)/python -m pytest -q tests/docs
	@echo "open site/index.html, or serve it with its search: $(BIN)/python -m mkdocs serve"

bench: $(VENV)/.stamp $(PEER_STAMPS) ## measure against peers and a floor; fails when a bar is missed
	@$(BIN)/python benchmarks/run.py

soak: $(VENV)/.stamp ## look for leaks for two minutes (SOAK_SECONDS=120), then kill, load and fuzz the emulator
	@$(BIN)/python benchmarks/soak.py

format: $(VENV)/.stamp ## format and apply safe lint fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.stamp ## pin the newest versions that fit into constraints*.txt
	@$(BIN)/python tools/lock.py

clean: ## remove caches, builds and every environment but the main one
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build site docs/dictionary demo-output .venv-*
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/.stamp: pyproject.toml constraints.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is %s; name one: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@echo "environment $(VENV)"
	$(STEP) "create it" $(PYTHON) -m venv $(VENV)
	$(STEP) "install pip" $(PIP) -c constraints.txt pip
	$(STEP) "install packages" $(PIP) -c constraints.txt --group dev
	$(STEP) "install xnat-sdk, editable" $(PIP) -c constraints.txt --no-build-isolation --editable .[$(EXTRAS)]
	@touch $@

$(PEERS)/%/.stamp: constraints-%.txt | $(VENV)/.stamp
	@echo "environment $(@D)"
	$(STEP) "create it" $(PYTHON) -m venv --without-pip $(@D)
	$(STEP) "install a client written by others: $*" $(BIN)/python -m pip --python $(@D)/bin/python install --quiet --no-input -c constraints-$*.txt --group $*
	@touch $@
