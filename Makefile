# The commands of the project. `make demo` and `make test` need Python 3.11-3.13 and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
TESTS ?= mlb_ml_assets_tests

.PHONY: demo test up lint docs bench check-long check-all drill lock clean help

help:
	@echo "make demo        install, start the embedded database, run the main job on a simulated league, print the board"
	@echo "make test        install, run the tests"
	@echo "make up          the local stack: database, MLflow, Dagster UI and daemon, API (Ctrl-C stops it)"
	@echo "make lint        ruff, import rules, type check, bandit, a search for secrets"
	@echo "make docs        the documentation as a site with search, in build/docs"
	@echo "make bench       the benchmarks, beside the plain limit of this machine"
	@echo "make check-long  payloads and mutations, fuzz, drills, killed services, two workers, the archives, a fortnight: minutes"
	@echo "make check-all   those, ten seasons, also on two workers, the image: an hour and more"
	@echo "make drill       kill things on purpose and look at what is left"
	@echo "make lock        resolve the dependencies anew (needs uv)"

# An environment from the hash-locked requirements; the package itself is built from what the lock installed.
define install
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 14) or sys.exit(f"Python 3.11 to 3.13 is needed, $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(if $(UV),$(UV) venv -q --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))
	@echo "Installing $(1) ..."
	@$(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip install -q --require-hashes -r $(1),$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1))
	@$(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip install -q --no-deps --no-build-isolation -e .,$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .)
endef

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	@$(BIN)/mlb-ml demo

up: $(VENV)/.runtime
	@$(BIN)/mlb-ml up

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/bandit -q -ll -r mlb_ml_assets
	git ls-files -z ':!mlb_ml_assets_tests' | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --quiet
	@echo "To read and search it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs 8080"

bench: $(VENV)/.runtime
	@$(BIN)/python -m benchmarks

check-long: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "long and not by_hand" $(TESTS)

check-all: $(VENV)/.dev
	$(BIN)/python -m pytest -m "long or by_hand" $(TESTS)

# Fifty random points of each writing asset; the long checks take two.
drill: $(VENV)/.dev
	MLB_ML_DRILL_POINTS=$${MLB_ML_DRILL_POINTS:-50} $(BIN)/python -m pytest -n 2 -m long $(TESTS)/drills

lock:
	@test -n "$(UV)" || { echo "make lock needs uv: python -m pip install uv"; exit 1; }
	$(UV) pip compile pyproject.toml --extra build $(LOCK_FLAGS) -o requirements.txt
	$(UV) pip compile pyproject.toml --extra build --extra celery --extra kubernetes --extra dev $(LOCK_FLAGS) -c requirements.txt -o requirements-dev.txt
	$(UV) pip compile pyproject.toml --extra build --extra celery --extra kubernetes $(LOCK_FLAGS) -c requirements.txt -o requirements-cluster.txt

# Universal: one file for 3.11-3.13. Extras stay, because pip 23.2 checks hashes by extra. No index address is written.
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
	--no-header --no-annotate -q

clean:
	rm -rf $(VENV) .ruff_cache .mypy_cache .hypothesis .import_linter_cache
