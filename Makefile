# Everything that a newcomer, a maintainer and CI do. `make help` lists it.
# `make run` needs Python 3.11 or newer and make; nothing else, no configuration, no rights.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all:
# Each installed set leaves a stamp that is newer than its pins, so that a second run has nothing to do.
STAMP := $(VENV)/.installed
ARGS ?=
# Each worker has a database of its own; the suite is long, and this halves it on two cores. A file
# stays with one worker, because loading the real registry takes ten seconds.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres check format bench soak assets browser schema requirements audit clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP)-base ## From a bare clone to the running site (PORT=8000)
	@$(PY) scripts/run.py --port $(PORT)

test: test-sqlite test-postgres ## The whole suite on SQLite, then on PostgreSQL (REQUIRE_BROWSER=1, ARGS=…)

test-sqlite: $(STAMP)-test assets
	@echo "Tests on SQLite"
	@TEST_DATABASE=sqlite $(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

# What a browser shows, what the files of the repository say and how a page puts it is the same on
# both: proved once, on SQLite. What asks the database in a way of its own runs on both.
# `make test-postgres ONCE=` runs all of it.
ONCE ?= --ignore tests/journeys --ignore tests/project -m "not once"

test-postgres: $(STAMP)-test assets
	@echo "Tests on PostgreSQL"
	@TEST_DATABASE=postgres $(PY) -m pytest -n $(WORKERS) --dist loadfile $(ONCE) $(ARGS)

check: $(STAMP)-dev assets ## Lint, format, types, migrations, templates, deployment settings, docs
	@$(PY) scripts/check.py

format: $(STAMP)-dev ## Put code and templates into the agreed format
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet . ; $(BIN)/djlint --reformat --quiet templates

bench: $(STAMP)-test ## Benchmarks: a table here, and benchmarks/results.json
	@$(PY) -m benchmarks.run $(ARGS)

soak: $(STAMP)-test assets ## The API under load for two minutes (ARGS=600 for ten)
	@$(PY) -m benchmarks.soak $(ARGS)

assets: $(STAMP)-base ## Front-end files from package-lock.json into static/vendor
	@$(PY) scripts/assets.py

browser: $(STAMP)-test ## A browser for the tests, where none is installed
	@$(PY) scripts/browser.py

schema: $(STAMP)-base ## docs/openapi.yaml from the code; `make check` says when it is out of date
	@$(PY) scripts/schema.py

requirements: ## Pin the packages in pyproject.toml again (maintainers; needs uv)
	@$(PYTHON) scripts/pin.py $(ARGS)

audit: $(STAMP)-dev ## Known vulnerabilities in the pinned packages
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements-dev.txt

clean: ## Remove what the other targets made, but not the database
	@rm -rf $(VENV) node_modules static/vendor staticfiles .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
	@echo "Virtual environment: creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(STAMP)-base: requirements.txt $(VENV)/.created
	@echo "Packages: installing the pinned set …"
	@$(PIP) -r requirements.txt && touch $@

$(STAMP)-test: requirements-test.txt $(STAMP)-base
	@echo "Packages: installing the test set …"
	@$(PIP) -r requirements-test.txt && touch $@

$(STAMP)-dev: requirements-dev.txt $(STAMP)-test
	@echo "Packages: installing the development set …"
	@$(PIP) -r requirements-dev.txt && touch $@
