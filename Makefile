# make demo    environment, browser, then the study's 19 market-months on the synthetic markets
# make test    the test suite          make lint    style and types
# make ui      the Dagster UI          make bench   performance ratios, side by side
# make setup   environment and browser alone (.venv/)
.PHONY: help setup demo ui test test-slow lint format bench docs scorecard clean

BIN := .venv/bin
# Without bytecode every start would compile a thousand modules again.
unexport PYTHONDONTWRITEBYTECODE

help:
	@sed -n 's/^# //p' Makefile

setup:
	@scripts/setup.sh

demo: setup
	@$(BIN)/cryptodrug demo

ui: setup
	@$(BIN)/cryptodrug ui

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

test-slow: setup
	@$(BIN)/python -m pytest -m slow -q

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy cryptodrug_assets
	@$(BIN)/cryptodrug contracts lint
	@$(BIN)/cryptodrug contracts diff
	@$(BIN)/cryptodrug contracts docs --check

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
	@$(BIN)/cryptodrug settings > docs/settings.md
	@$(BIN)/python docs/methods/draw_figures.py
	@$(BIN)/python docs/methods/draw_entity_figures.py
	@$(BIN)/cryptodrug replica gallery

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
