# Two commands for a newcomer: `make demo` and `make test`. The others are for people who work on Jianwei.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_LIBRARY ?= demo-library
TEST_WORKERS ?= 2
# Some containers forbid Python to keep what it compiled: each of the hundreds of processes that tests start would compile
# all it imports anew, which takes longer than most tests.
unexport PYTHONDONTWRITEBYTECODE
# COVERAGE=1 notes which lines are run and holds them to a floor, which takes half as long again; `.ci/run` does.
COVERAGE ?= 0
COVERED := $(filter-out 0,$(COVERAGE))

.PHONY: help browser postgres cluster demo test test-reference style lint bench clean

help:
	@echo "make demo   install into .venv, ingest the sample listings and search them  安装、导入样例并检索"
	@echo "make demo CLIP=1   the same with a model that knows what pictures show 加上能看懂画面的模型（下载约 0.8 GB）"
	@echo "make test   lint, types, layers and all tests that can run here            运行全部检查与测试"
	@echo "make test COVERAGE=1   the same, and how many lines they run           同上，并统计覆盖率"
	@echo "make browser  Chromium and axe-core for the tests of the pages   为网页测试安装 Chromium 与 axe-core"
	@echo "make postgres  PostgreSQL for the tests of the catalog in a database       为数据库目录库的测试安装 PostgreSQL"
	@echo "make cluster  Ray for the tests of ingest on a cluster                  为集群导入的测试安装 Ray"
	@echo "make test-reference  our encoders beside torch's, number by number     与 PyTorch 参考实现逐数对比"
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

$(VENV)/.installed-reference: pyproject.toml | $(VENV)/.installed-dev
	@echo "Installing the reference implementations into $(VENV) (once, about 1 GB) … 正在安装参考实现（仅一次，约 1 GB）……"
	@$(BIN)/python -m pip install --quiet --no-compile --group reference
	@$(BIN)/python -m pip install --quiet --no-compile --no-deps \
		torchvision==0.28.0 cn_clip==1.6.0 open_clip_torch==3.3.0 timm==1.0.31
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/python samples/demo.py --library $(DEMO_LIBRARY) $(if $(filter-out 0,$(CLIP)),--clip)

# Chromium and axe-core for the tests of the pages. Where neither can be had those tests are skipped, and say so.
browser: $(VENV)/.installed-dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
		  apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
		echo "No Chromium could be installed: the tests of the pages will be skipped."
	@[ -e $(VENV)/browser/node_modules/axe-core/axe.min.js ] || \
		{ command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix $(VENV)/browser axe-core@4; } || \
		echo "axe-core could not be installed: the test of accessibility will be skipped."

# A PostgreSQL that the tests start and stop themselves. Where there is none those tests are skipped, and say so.
postgres:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
		  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; } || \
		echo "No PostgreSQL could be installed: the tests of the catalog in a database will be skipped."

# Ray for the tests of ingest on a cluster. Where it cannot be had those tests are skipped, and say so.
cluster: $(VENV)/.installed-dev
	@$(BIN)/python -c 'import ray' 2>/dev/null || $(BIN)/python -m pip install --quiet --no-compile --group cluster || \
		echo "Ray could not be installed: the tests of ingest on a cluster will be skipped."

# What takes seconds. Types, which take a minute the first time and one processor, are checked beside the tests.
style: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

lint: style
	$(BIN)/mypy

# Threads of BLAS and OpenMP that wait by spinning take the processor from the other worker: a test of small matrices
# took many times the processor time with two threads on a busy machine. What is about threads sets their number itself.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
test: style
	$(if $(COVERED),$(BIN)/coverage erase)
	@echo "Checking types beside the tests; what mypy says stands at the end."; \
	$(BIN)/mypy >$(VENV)/types.txt 2>&1 & types=$$!; trap 'kill $$types 2>/dev/null' INT TERM; \
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder --durations=10 \
		$(if $(COVERED),--cov --cov-report=term:skip-covered); tested=$$?; \
	wait $$types; typed=$$?; echo "mypy:"; cat $(VENV)/types.txt; \
	[ $$tested = 0 ] && [ $$typed = 0 ] || exit 1
	@echo "What was skipped, and why, is listed above under SKIPPED."

test-reference: $(VENV)/.installed-reference
	$(BIN)/pytest tests/reference -m reference --durations=5

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/suite.py

clean:
	rm -rf $(VENV) $(DEMO_LIBRARY)
