# Every command makes .venv first where it is missing: with uv if it is there, else with venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

FROM ?= tf2.15
TO ?= keras==3.15.1
CORPUS ?= tests/corpus/keras
LIMIT ?= 0
EACH ?= 1
N ?= 200000

.PHONY: help demo test lint fuzz bench oracle agreement drafts schemas clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): pyproject.toml
	@command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1 \
	  && { test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) $(VENV); } \
	  && uv pip install --quiet --python $(BIN)/python -e '.[dev]' \
	  || { test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); $(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1; \
	       $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; }
	@touch $(READY)

demo: $(READY) ## an archive of TF 2.15 that Keras 3.15.1 refuses, and what kav does about it
	@$(BIN)/python tests/demo/demo.py

test: $(READY) lint ## everything that CI runs: ruff, mypy --strict, import-linter, pytest
	$(BIN)/python -m pytest

lint: $(READY) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fuzz: $(READY) ## mutants of real archives before every command: make fuzz [N=200000] [ARGS='--minutes 30 --seed x --only 12 --keep']
	@$(BIN)/python -m tests.fuzz.fuzz --count $(N) $(ARGS)

bench: $(READY) ## kav beside importing Keras and loading the model: time and memory, as a table
	@$(BIN)/python tests/bench/bench.py

oracle: $(READY) ## make oracle CORPUS=folder FROM=tf2.15 TO=keras==3.15.1 [LIMIT=n]: real Keras judges a folder of archives
	@$(BIN)/python tests/oracle/run.py --corpus '$(CORPUS)' --from $(FROM) --to $(TO) $(if $(FORMATS),--formats $(FORMATS)) --limit $(LIMIT) $(ARGS)

agreement: $(READY) ## kav beside four real releases, on mutants of the archives in CORPUS: who refuses what [EACH=n]
	@$(BIN)/python tests/agreement/agreement.py --corpus '$(CORPUS)' --each $(EACH)

drafts: $(READY) ## how much of the finished migrations of Keras and BayesFlow their drafts would have named
	@$(BIN)/python tests/agreement/drafts.py

schemas: $(READY) ## rebuild schemas/ from the releases' own sources: make schemas [WHEELS=folder] [LIBRARIES='keras tf_keras']
	$(BIN)/python -m kerasarchive.schema.builder $(if $(WHEELS),--wheels '$(WHEELS)') $(LIBRARIES)

clean: ## remove what the commands above made
	rm -rf $(VENV) .demo .bench .oracle .agreement dist build
