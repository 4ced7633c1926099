# Everything runs in .venv, which builds itself; a fresh Debian or Ubuntu needs: make git python3-venv.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input
STEP := tools/step
INSTALL := HINT='pip reaches PyPI through HTTPS_PROXY or PIP_INDEX_URL' $(STEP)
PY39 := .cache/python3.9
# As many processes as there are cores, in the order of the folders: what takes longest begins early. ARGS=-n0 runs all
# tests in one, as --pdb needs it.
JOBS := -n auto --dist loadscope --no-loadscope-reorder
# The layers whose every branch must be covered.
PURE := --cov --cov-config=tests/pure.coveragerc --cov-report=term:skip-covered

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test lint coverage pyz bench docs test-3.9 clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/demo.stamp ## the whole story on an embedded network; needs neither root nor Docker
	@$(BIN)/dockproxy demo $(ARGS)

test: lint ## lint and all tests; ARGS goes to pytest, as in ARGS=--require-real
	@$(PY) -m pytest $(JOBS) --durations=10 --durations-min=2 $(if $(filter-out --%,$(ARGS)),,$(PURE)) $(ARGS)

lint: $(VENV)/dev.stamp ## ruff, mypy --strict, the direction of imports, the oldest Python
	@$(STEP) 'ruff' $(BIN)/ruff check --no-fix
	@$(STEP) 'mypy --strict' $(BIN)/mypy
	@$(STEP) 'imports point one way' $(BIN)/lint-imports
	@$(STEP) 'nothing newer than Python 3.9' $(BIN)/vermin --quiet --no-tips --violations -t=3.9- src

coverage: $(VENV)/dev.stamp ## branch coverage of everything by the unit tests
	@$(PY) -m pytest -q $(JOBS) --cov --cov-report=term-missing:skip-covered tests/unit $(ARGS)

pyz: $(VENV)/runtime.stamp ## dist/dockproxy.pyz: one file with all it needs, for Python 3.9 and later
	@$(STEP) 'dist/dockproxy.pyz' $(PY) tools/build_pyz.py

bench: $(VENV)/dev.stamp ## the measurements in bench/
	@set -e; for script in $(or $(wildcard bench/bench_*.py),$(error bench/ holds no bench_*.py)); do \
		$(PY) "$$script" $(ARGS); done

docs: $(VENV)/dev.stamp ## write the generated pages of docs/
	@$(PY) tools/docs.py

test-3.9: $(PY39)/dev.stamp ## the unit tests under Python 3.9, with fewer random examples
	@$(PY39)/bin/python -m pytest -q $(JOBS) --hypothesis-profile=few tests/unit $(ARGS)

clean: ## remove all that make has built
	@rm -rf $(VENV) .cache build dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/runtime.stamp: pyproject.toml | $(PY)
	@$(INSTALL) 'install dockproxy in $(VENV)' $(PIP) -e .
	@touch $@

$(VENV)/demo.stamp: pyproject.toml | $(PY)
	@$(INSTALL) 'install dockproxy in $(VENV)' $(PIP) -e '.[demo]'
	@touch $@ $(VENV)/runtime.stamp

$(VENV)/dev.stamp: pyproject.toml | $(PY)
	@$(INSTALL) 'install the test tools in $(VENV)' $(PIP) -e '.[test,lint,demo,clients]'
	@touch $@ $(VENV)/demo.stamp $(VENV)/runtime.stamp

# On Debian and Ubuntu the module venv is there without python3-venv, but not ensurepip, which it needs.
$(PY):
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'Python 3 or its venv module is missing: apt install python3-venv'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
		{ echo 'dockproxy needs Python 3.9 or later: make PYTHON=python3.9'; exit 1; }
	@$(STEP) 'create $(VENV)' $(PYTHON) -m venv --clear $(VENV)

$(PY39)/dev.stamp: pyproject.toml
	@tools/python39 >/dev/null
	@$(STEP) 'create $(PY39)' "$$(tools/python39)" -m venv --clear $(PY39)
	@$(INSTALL) 'install the test tools in $(PY39)' \
		$(PY39)/bin/python -m pip install -qq --disable-pip-version-check --no-input -e '.[test]'
	@touch $@
