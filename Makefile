# Everything runs in .venv, which is made from the hashed lock and from nothing else.
# PYTHON picks the interpreter: make setup PYTHON=python3.13
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# The first tool has to come from somewhere: pip installs just this one, with the hash the lock has for it.
UV_PIN := $(VENV)/uv.txt
# A read-only home directory is no obstacle: the cache then moves into the project.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export UV_CACHE_DIR ?= $(abspath $(VENV))/cache
endif

# A busy machine may need longer than uv's minute to compile the largest module.
export UV_COMPILE_BYTECODE_TIMEOUT ?= 600

# Threads that spin while they wait crawl on a busy machine; pipeline.py sets the same.
export GOMP_SPINCOUNT ?= 2000
# Where a machine forbids bytecode, the tests would be compiled anew each time: seconds.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup run serve test quick nightly lint lab lock bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup: $(READY)  ## create .venv from requirements.lock, when it is missing or stale

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "churn-mlops needs Python 3.11 or newer; $(PYTHON) is %d.%d. Cure: make setup PYTHON=python3.11" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^[^ ]/ {wanted = /^uv==/} wanted' requirements.lock > $(UV_PIN)
	@$(BIN)/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r $(UV_PIN)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: setup  ## run the pipeline on the embedded default
	$(BIN)/python pipeline.py

# What is asked for wants an answer at once: the champion that is there, or else one that is trained first.
serve: setup  ## serve the champion on 127.0.0.1:8000; trains one first where there is none
	@test -n "$(wildcard runs/registry/*/champion.json)" || $(BIN)/python pipeline.py
	$(BIN)/python pipeline.py serve

# Tests are independent and go to all cores, but for those that start kernels: they go one by one.
ON_ALL_CORES = -n logical --dist loadfile

test: setup  ## every test but the nightly ones
	$(BIN)/python -m pytest -m "not kernel and not nightly" $(ON_ALL_CORES)
	$(BIN)/python -m pytest -m "kernel and not nightly"

quick: setup  ## the quick ones alone: no kernel, no browser, none that takes seconds
	$(BIN)/python -m pytest -m "not kernel and not browser and not slow and not nightly" $(ON_ALL_CORES)

nightly: setup  ## the slow checks too
	$(BIN)/python -m pytest -m ""

lint: setup  ## ruff over code and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lab: setup  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

lock: setup  ## resolve pyproject.toml anew into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links --python-version 3.11 --all-extras --upgrade pyproject.toml --output-file requirements.lock

bench: setup  ## time the default run, and runs against plain scripts
	$(BIN)/python benchmarks/default_run.py
	$(BIN)/python benchmarks/overhead.py

clean:  ## remove the environment; the archive under runs/ stays
	rm -rf $(VENV)
