# make demo    environment, browser, then the study's 19 market-months on the synthetic markets
# make study   the study-sized synthetic world as a home of its own, data-study/ (some minutes)
# make check   under a minute: style, types, and the tests without browser and synthetic markets
# make test    the test suite          make lint    style and types
# make ui      the Dagster UI          make bench   performance ratios, side by side
# make docs-site  the documentation as a site in site/, without a network
# make setup   environment and browser alone (.venv/)
.PHONY: help setup demo study ui check quick test test-slow lint format bench docs docs-site scorecard clean

BIN := .venv/bin
# Without bytecode every start would compile a thousand modules again.
unexport PYTHONDONTWRITEBYTECODE

help:
	@sed -n 's/^# //p' Makefile

setup:
	@scripts/setup.sh

demo: setup
	@$(BIN)/cryptodrug demo

study: setup
	@$(BIN)/cryptodrug study

ui: setup
	@$(BIN)/cryptodrug ui

# Beside each other: types take one core, tests the other.
check: setup
	@$(MAKE) --no-print-directory -j 2 lint quick

quick: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not slow and not browser and not simulation and not long"

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

test-slow: setup
	@$(BIN)/python -m pytest -m slow -q

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cryptodrug contracts lint
	@$(BIN)/cryptodrug contracts diff
	@$(BIN)/cryptodrug contracts docs --check
	@$(BIN)/cryptodrug docs --check

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m benchmarks

# A few minutes: the study world through cleaning and indicators.
scorecard: setup
	@$(BIN)/cryptodrug replica scorecard

docs: setup
	@$(BIN)/cryptodrug contracts docs
	@$(BIN)/cryptodrug docs
	@$(BIN)/python docs/methods/draw_figures.py
	@$(BIN)/python docs/methods/draw_entity_figures.py
	@$(BIN)/cryptodrug replica gallery

docs-site: setup
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html; with its search: $(BIN)/python -m http.server --directory site --bind 127.0.0.1"

clean:
	rm -rf site .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
