# Two commands for a newcomer: `make demo` and `make test`. The others are for people who work on Jianwei.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_LIBRARY ?= demo-library

.PHONY: help demo test lint bench clean

help:
	@echo "make demo   install into .venv, ingest the sample listings and search them  安装、导入样例并检索"
	@echo "make test   lint, types, layers and all tests that can run here            运行全部检查与测试"
	@echo "make bench  the benchmarks that compare with other tools (long)            性能对比（耗时较长）"
	@echo "make clean  remove .venv and the demo library                              清理"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Jianwei needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "The venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing Jianwei into $(VENV) (once) … 正在安装（仅一次）……"
	@$(BIN)/python -m pip install --quiet --no-compile --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(VENV)/.installed-bench: pyproject.toml | $(VENV)/.installed-dev
	@$(BIN)/python -m pip install --quiet --group bench
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/python samples/demo.py --library $(DEMO_LIBRARY)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report=term:skip-covered --durations=10
	@echo "What was skipped, and why, is listed above under SKIPPED."

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(DEMO_LIBRARY)
