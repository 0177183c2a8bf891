# One gate: `make check`. One look: `make demo`. See README.md.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready-$(shell cksum requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: setup
setup: $(STAMP)

$(STAMP):
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.ready-* && touch $(STAMP)

.PHONY: test
test: setup
	@$(BIN)/python -m pytest

.PHONY: format lint types imports
format:
	@$(BIN)/ruff format .
lint:
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
types:
	@$(BIN)/mypy
imports:
	@$(BIN)/lint-imports
