# Each kind of work has a virtual environment of its own under .venvs, made when it is first needed and made anew
# when pyproject.toml changes. `make` lists the targets.

PYTHON ?= python3
PYTEST_ARGS ?=
# Most tests wait for other processes most of the time: one more than there are CPUs run side by side.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(1 + os.cpu_count())')
BENCHMARKS ?=

# An environment that happens to be active must not become the one that trials run in.
unexport VIRTUAL_ENV
unexport CONDA_PREFIX
# What was compiled is kept: hundreds of processes import the same modules.
unexport PYTHONDONTWRITEBYTECODE
export JUPYTER_PREFER_ENV_PATH := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENVS := .venvs
BENCH := $(VENVS)/bench/bin
DEMO := $(VENVS)/demo/bin
# Yarn, as jupyter-builder brings it.
JLPM = $(abspath $(LINT)/jlpm)
LINT := $(VENVS)/lint/bin
RAY := $(VENVS)/ray/bin
TEST := $(VENVS)/test/bin

# What each environment holds besides the project itself.
CONTENT_bench := -e .[bayesian,ray] --group examples --group browser
CONTENT_demo := -e . --group examples
CONTENT_lint := -e . --group lint
# The nodes of a Ray cluster: nothing of the project, which has nothing of Ray. For a store in S3 they need boto3.
CONTENT_ray := boto3
CONTENT_test := -e . --group test
# What `make test` must do without, and the rest has on top.
MORE_FOR_TEST := --group browser --group packaging --group tracking

# What it holds where it can be installed.
OPTIONAL_bench := peer-hydra peer-ray
OPTIONAL_ray := ray-cluster

.DEFAULT_GOAL := help
.PHONY: help demo test test-all soak lint lab pictures bench clean
.DELETE_ON_ERROR:
.PRECIOUS: $(VENVS)/%/stamp

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENVS)/demo/stamp ## Run the quickstart notebook without a browser and print what it shows
	@$(DEMO)/python examples/demo.py examples/quickstart.ipynb

test: $(VENVS)/test/stamp ## Run the tests and the example notebooks (minutes)
	$(TEST)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not full and not soak" $(PYTEST_ARGS) tests
	$(TEST)/python -m pytest -q -n $(WORKERS) --dist loadfile --nbval --timeout 600 examples

# Tests that share something large run one after another (tests/side_by_side.py); a browser and a Ray cluster take all of a machine.
test-all: $(VENVS)/test/stamp-more $(VENVS)/ray/stamp ## Run the tests that `make test` leaves out: those that need extras or more time
	$(TEST)/python -m pytest -q -n $(WORKERS) --dist loadscope -m "full and not soak" $(PYTEST_ARGS) tests --ignore tests/end_to_end --ignore tests/ray || $(unless_none)
	$(WITH_RAY) $(TEST)/python -m pytest -q -m "full and not soak" $(PYTEST_ARGS) tests/end_to_end || $(unless_none)
	$(WITH_RAY) $(TEST)/python -m pytest -q -m "full and not soak" $(PYTEST_ARGS) tests/ray || $(unless_none)

soak: $(VENVS)/test/stamp-more $(VENVS)/ray/stamp ## Run the long tests
	$(WITH_RAY) $(TEST)/python -m pytest -q -m soak --timeout 0 $(PYTEST_ARGS) tests || $(unless_none)

lint: $(VENVS)/lint/stamp ## Check style, format and types, and the logic of the front end
	$(LINT)/ruff check .
	$(LINT)/ruff format --check .
	$(LINT)/mypy
	cd labextension && CI=true $(JLPM) install --silent && $(JLPM) lint && $(JLPM) test

lab: $(VENVS)/test/stamp-more ## Open JupyterLab on the examples
	$(TEST)/jupyter lab --notebook-dir examples

pictures: $(VENVS)/test/stamp-more ## Make the pictures of the docs and the film of the README anew
	$(TEST)/python tools/screenshots.py --docs

bench: $(VENVS)/bench/stamp ## Measure and print a table (an hour, on a machine that does nothing else)
	@$(BENCH)/python benchmarks $(BENCHMARKS)

clean: ## Remove the virtual environments and all caches
	rm -rf $(VENVS) build dist grid_jupyter/labextension labextension/lib labextension/node_modules labextension/*.tsbuildinfo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The Python that has Ray, where it could be installed.
WITH_RAY = GRID_TEST_RAY=$$($(RAY)/python -c 'import sys, ray; print(sys.executable)' 2>/dev/null)

# pytest ends with 5 where no test has the marker, which is no failure.
unless_none = [ $$? -eq 5 ]

# Installing builds the front end too.
$(VENVS)/bench/stamp $(VENVS)/test/stamp: $(shell find labextension/src labextension/style labextension/schema labextension/package.json -type f)

$(VENVS)/%/stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "grid-jupyter needs Python 3.11 or newer, and $(PYTHON) is none: name one, as in make PYTHON=python3.12" >&2; \
	    exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt install python3-venv)" >&2; \
	    exit 1; }
	@echo "Making $(VENVS)/$* (once, and when pyproject.toml changes)"
	@$(PYTHON) -m venv $(VENVS)/$*
	@$(VENVS)/$*/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(VENVS)/$*/bin/python -m pip install --quiet $(CONTENT_$*)
	@for group in $(OPTIONAL_$*); do $(VENVS)/$*/bin/python -m pip install --quiet --group $$group || \
	    echo "going on without $$group, which cannot be installed" >&2; done
	@touch $@

$(VENVS)/test/stamp-more: $(VENVS)/test/stamp
	@$(TEST)/python -m pip install --quiet $(MORE_FOR_TEST)
	@touch $@
