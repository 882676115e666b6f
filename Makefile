# make demo   one buggy script: check, diff, apply, verify        make test   the whole test suite
# make docs   the documentation site, in site/
# make lint   ruff and mypy                                       make bench-startup   how fast a check starts
# make bench  speed and memory, next to ruff and TorchFix (downloads wheels)
#
# Every target sets up .venv by itself; a second call finds it done. PYTHON=python3.12 chooses another interpreter.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
# The CPU build is all that the tests need; where only the other one is to be had, that one does as well.
JOBS ?= 2

.PHONY: setup demo docs test lint bench bench-startup clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh examples/demo.sh

test: $(STAMP)
	$(PY) -m pytest -n $(JOBS) $(ARGS)

docs: $(STAMP)
	$(PY) -m mkdocs build --strict --quiet
	@echo "open site/index.html"

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: $(STAMP)
	$(PY) benchmarks/speed.py $(ARGS)

bench-startup: $(STAMP)
	$(PY) benchmarks/startup.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site
