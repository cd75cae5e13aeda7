# One target for each check that a change must pass, and for each file that is generated. `make` lists them.
# `.ci/run` calls the same targets, after it has installed everything anew with the commands of README.md.

VENV ?= .venv
BIN := $(VENV)/bin
DIST ?= dist
TESTS := synthdeal_assets_tests

.DEFAULT_GOAL := help
.PHONY: help install dev run test slow lint format types contracts definitions browser package foreign long reference golden levels

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

install: ## Make the virtual environment with everything that a developer needs
	python3 -m venv $(VENV)
	$(MAKE) dev

dev: ## Install the development tools into the virtual environment that is there
	$(BIN)/pip install -q -c constraints.txt -e '.[whitespace,test,browser,dev]'

run: ## Build the world, score it and write the report
	$(BIN)/synthdeal run

test: ## The tests of README.md: neither slow nor in a browser
	$(BIN)/pytest -m 'not browser and not slow'

slow: ## The slow tests: whole runs and processes
	$(BIN)/pytest -m 'slow and not browser'

lint: ## ruff, and whether everything is formatted; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: ## Format everything
	$(BIN)/ruff format .

types: ## mypy --strict over the package, the tests and the examples
	$(BIN)/mypy
	$(BIN)/mypy docs/examples/*.py

contracts: ## The import contracts: layers, the truth wall, logic without Dagster
	$(BIN)/lint-imports

definitions: ## Whether Dagster and dg load the code location, dg with no variable set
	$(BIN)/dagster definitions validate -w workspace.yaml
	env -u DAGSTER_HOME $(BIN)/dg check defs

browser: ## The UI, the report and the whitespace page in Chromium
	$(BIN)/pytest -m browser

package: ## Build the wheel and the source distribution, and check what an index would show
	$(BIN)/python -m build --outdir $(DIST) .
	$(BIN)/twine check --strict $(DIST)/*

foreign: ## Tests against software of others: uvx, pipx, promptfoo, deepeval, a real model, PostgreSQL, Chromium; none is skipped
	REQUIRE_POSTGRES=1 REQUIRE_PACKAGE_INDEX=1 REQUIRE_REAL_MODEL=1 REQUIRE_NODE=1 $(BIN)/pytest \
		$(TESTS)/cli/test_distribution.py $(TESTS)/cli/test_judges_of_others.py \
		$(TESTS)/llm/test_real_server.py $(TESTS)/sales/test_sources_databases.py $(TESTS)/browser

long: ## Soaks: nights in a row, with faults drawn at random too, killed runs, homes of earlier versions, a year of days
	LEARN_LEVELS=1 SOAK_SEEDS="$${SOAK_SEEDS-11 21 22}" $(BIN)/pytest $(TESTS)/orchestration/test_week_of_operation.py \
		$(TESTS)/scoring/test_killed_run.py $(TESTS)/evaluation/test_learnt_levels.py $(TESTS)/homes $(TESTS)/soak

reference: ## Write docs/reference.md anew from the code
	$(BIN)/python -m synthdeal_assets_tests.documents.reference

levels: ## Learn the heuristic's thresholds anew from other synthetic worlds: only when its signs or the generator change
	$(BIN)/python -m synthdeal_assets_tests.evaluation.heuristic_levels

golden: ## Write the hashes of what is made anew: only when it is meant to change
	$(BIN)/python -m synthdeal_assets_tests.world.test_same_bytes
