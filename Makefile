# Setting up, running and testing the suite. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Python 3.11 or 3.12 that .venv is built with; empty: the first suitable one found.
PYTHON ?=
# Processes that run the tests, one thread each.
WORKERS ?= 2
# More arguments of JupyterLab, for instance --no-browser.
LAB ?=
# How often the long tests kill, and how many minutes they try odd files.
ENDURANCE ?= 20

# Whatever folder a notebook runs in, results belong to this clone.
MER_OUTPUTS ?= $(shell pwd)/outputs
export MER_OUTPUTS
export PYTHONNOUSERSITE = 1

.PHONY: help setup demo test check endurance lab pictures clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' Makefile | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## create .venv with every pinned package (nothing to do when that is done)
	@.ci/setup "$(PYTHON)"

demo: setup ## set up, build the synthetic database, run the demo study, print where the report is
	@.venv/bin/mer doctor --quick
	@.venv/bin/mer study demo
	@test -f "$$MER_OUTPUTS/demo/index.html" || { echo "The study wrote no $$MER_OUTPUTS/demo/index.html" >&2; exit 1; }
	@echo "Report: $$MER_OUTPUTS/demo/index.html"

test: check ## set up, then style, types, layers and the tests
	@OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --durations=15

endurance: setup ## the long tests: a pipeline killed again and again, readers given odd files (an hour)
	@MER_ENDURANCE=$(ENDURANCE) OMP_NUM_THREADS=1 .venv/bin/python -m pytest $(wildcard tests/endurance) tests/fuzz -q --durations=15

check: setup ## set up, then style, types and layers only
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@find notebooks -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' -print0 | xargs -0 -r .venv/bin/nbstripout --verify --keep-id
	@.venv/bin/mypy
	@.venv/bin/lint-imports

lab: setup ## JupyterLab on the notebooks, on this machine only, behind a token
	@.venv/bin/python .ci/lab.py $(LAB)

pictures: setup ## take the pictures of README anew, of the finished demo in JupyterLab (needs Chromium)
	@test -f "$$MER_OUTPUTS/demo/index.html" || { echo "The demo is not finished in $$MER_OUTPUTS: run make demo first" >&2; exit 1; }
	@MER_PICTURES="$$PWD/notebooks/images" MER_BROWSER_WORLD="$$MER_OUTPUTS" OMP_NUM_THREADS=1 \
	    .venv/bin/python -m pytest tests/browser -m picture -q
	@ls -l notebooks/images

clean: ## remove .venv and the tools' caches; outputs/ stays
	@rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	@find mer tests notebooks \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
