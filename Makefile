# genlens: `make demo` opens the pages, `make test` runs every test. Both start from nothing but
# python3.11+, make and the network. On Windows use the pip lines in the README.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip install -q -q --no-input --disable-pip-version-check
# Timestamps of what was installed last: nothing is installed again until a requirement changes.
READY := $(VENV)/.installed
READY_DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo test lint format ci mutants release-check zoo-gpu clean

help:
	@echo "make demo    install into $(VENV) if needed, open the pages in the browser"
	@echo "make test    install into $(VENV) if needed, run every test"
	@echo "make lint    ruff and mypy"
	@echo "make format  let ruff rewrite the layout of the code"
	@echo "make ci      what CI runs: chromium, lint, tests"
	@echo "make mutants put deliberate errors into a copy one by one: which does no test notice?"
	@echo "make release-check  boot each Space from a clean environment (minutes, 2 GB each)"
	@echo "make zoo-gpu train the scene models anew on one large card (see zoo/recipes/scenes)"
	@echo "make clean   remove $(VENV) and caches"

demo: $(READY)
	@$(BIN)/genlens demo || test $$? -eq 130  # Ctrl-C is how it ends

# Two files at a time: a browser and its page leave a second core idle. TEST_JOBS=0: one process.
# In the order of their folders: xdist would begin with the files that hold most tests and end with
# those of the browser, few and long, one of which then runs alone.
TEST_JOBS ?= 2
test: $(READY_DEV)
	@$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: $(READY_DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY_DEV)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

ci:
	@bash .ci/run

# ONLY="lime lrp": those whose list, name or file holds one of these words. JOBS=2: two at a time.
mutants: $(READY_DEV)
	@PYTHONPATH=tests/helpers $(BIN)/python tests/mutants/run.py $(if $(ONLY),--only $(ONLY)) \
	  $(if $(JOBS),--jobs $(JOBS))

release-check: $(READY_DEV)
	@PYTHONPATH=shared:tests/helpers $(BIN)/python tests/release_check.py $(APPS)

# On one card: 27 minutes in all; with SITTING=9 at most nine at a time, and the same line goes on.
# A machine that has torch for its card needs no $(VENV): ZOO_PYTHON=python3. `genlens fetch lpips`
# brings the file that LPIPS names; LPIPS= trains without it.
ZOO_PYTHON ?= $(BIN)/python
ZOO_RUN ?= runs/zoo-gpu
LPIPS ?= runs/assets/alex_shift_tolerant.pth
zoo-gpu:
	@PYTHONPATH=shared $(ZOO_PYTHON) -u -m genlens.zoo.recipes.scenes.chain --preset gpu \
	  --run $(ZOO_RUN) --workers $$(nproc) $(if $(SITTING),--sitting $(SITTING)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(LPIPS),--lpips $(LPIPS)) \
	  $(if $(OUT),--out $(OUT))

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache build dist shared/*.egg-info

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "genlens needs Python 3.11 or newer; '$(PYTHON)' is not. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned requirements into $(VENV) (about 2 GB, once) ..." >&2
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

$(READY_DEV): $(READY) requirements-dev.txt
	@echo "Installing the test and lint tools into $(VENV) ..." >&2
	@$(PIP) -r requirements-dev.txt
	@touch $@
