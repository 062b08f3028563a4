# What a person does here. The first call makes a virtual environment in .venv; later ones find it and start at once.
#
# Variables: VENV (.venv), PYTHON (python3, at least 3.11), TORCH_INDEX (the address of an index
# with builds of torch for the CPU), ALFWORLD=no (leave out the original engine), RUN (the folder of a run),
# ARGS (further words for sge train, pytest or the comparison).
VENV ?= .venv
RUN ?= runs/household
ARGS ?=
ALFWORLD ?= yes
WORKERS ?= logical

export PYTHON TORCH_INDEX
BIN := $(VENV)/bin
INSTALL := scripts/install.sh $(VENV)
INPUTS := pyproject.toml constraints.txt scripts/install.sh

.DEFAULT_GOAL := help
.PHONY: help train test test-bridges check docs claims compare base-model format clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: $(VENV)/stamp-train  ## train the household agent, with a report in runs/household
	$(BIN)/sge train --recipe household --run-dir $(RUN) --overwrite $(ARGS)

test: $(VENV)/stamp-dev $(VENV)/stamp-alfworld-$(ALFWORLD)  ## run the tests
	@cat $(VENV)/alfworld-skipped 2>/dev/null || true
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

test-bridges:  ## test the bridges, each with its library (makes virtual environments of about 10 GB; GROUPS="main verifiers")
	scripts/test_bridges.sh .venv-bridges $(GROUPS)

check: $(VENV)/stamp-dev  ## lint, formatting, types, who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/stamp-docs  ## build the documentation as a site in site/; warnings are errors
	$(BIN)/zensical build --clean --strict --config-file mkdocs.yml

format: $(VENV)/stamp-dev  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compare: $(VENV)/stamp-train  ## measure SGE beside GRPO over five seeds (about half an hour on 2 cores)
	$(BIN)/python -m benchmarks.compare $(ARGS)

claims: $(VENV)/stamp-train  ## measure the paper's claims: 17 arms, five seeds each (about an hour on 2 cores)
	$(BIN)/python -m benchmarks.claims $(ARGS)

base-model: $(VENV)/stamp-train  ## rebuild the embedded household model (about 20 minutes)
	$(BIN)/python examples/household_base_model.py --out sge_agent/checkpoints/household $(ARGS)

clean:  ## remove caches and builds; the virtual environment and runs/ stay
	rm -rf build dist site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find sge_envs sge_agent wrappers tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: installed, and nothing that decides what to install has changed since.
$(VENV)/stamp-train: $(INPUTS)
	$(INSTALL) train
	@touch $@

$(VENV)/stamp-docs: $(INPUTS)
	$(INSTALL) docs
	@touch $@

$(VENV)/stamp-dev: $(INPUTS)
	$(INSTALL) train,dev,docs,code,ui,miniwob,mcp,pettingzoo,trl,sb3,torchrl
	$(INSTALL) system
	@touch $@ $(VENV)/stamp-train $(VENV)/stamp-docs

$(VENV)/stamp-alfworld-yes: $(VENV)/stamp-dev
	$(INSTALL) alfworld
	@touch $@

$(VENV)/stamp-alfworld-no:
	@mkdir -p $(VENV) && touch $@
