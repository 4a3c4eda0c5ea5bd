# Needs Python >= 3.10, Node >= 20.19 and make; everything else goes into .venv and node_modules.
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The slowest tests are listed at the end, so that one that grows is seen.
PYTEST_RUN := pytest --durations 15 --durations-min 1
PYTEST := $(BIN)/python -m $(PYTEST_RUN)
MEASURED := $(BIN)/coverage run -m $(PYTEST_RUN)
TOGETHER := --dist loadfile --no-loadscope-reorder
SHARED := -n 3 $(TOGETHER)
# What failed may try once more, alone, and is then named at the end: one accident of timing does not lose a whole run.
ONCE_MORE := --last-failed --last-failed-no-failures none
FLAKY := $(CURDIR)/.make/flaky
COVERAGE_FILE := $(CURDIR)/.make/coverage/data
export FLAKY COVERAGE_FILE
# Playwright's browser keeps an event loop in its process, which tests with a loop of their own cannot share.
OUTSIDE_BROWSER := -m "not thorough and not slow" --ignore tests/browser $(PYTEST_OPTIONS)
IN_BROWSER := -m "not thorough and not slow" -o cache_dir=.pytest_cache/browser tests/browser $(PYTEST_OPTIONS)
SHELL := /bin/bash
LABEXTENSION := rsconnect_jupyter/labextension
LINK := .venv/share/jupyter/labextensions/rsconnect-jupyter
BUILT := $(LABEXTENSION)/static/style.js
LIBRARIES := rsconnect_jupyter/html/templates/page/libraries
# Compiled modules are kept: tests and measurements start Python hundreds of times.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := $(shell find js -type f -not -path 'js/__tests__/*') package.json tsconfig.json

.PHONY: install demo test test-outside-browser test-in-browser thorough test-python test-front-ends check check-python check-front-end build format docs translations screenshots chromium bench corpus rehearsals faults real clean
.DELETE_ON_ERROR:

install: .make/installed $(BUILT) .make/linked .make/catalogs

demo: install
	@exec $(BIN)/python demo/start.py

test:
	@$(MAKE) --no-print-directory --jobs=2 install chromium
	@$(MAKE) --no-print-directory --jobs=2 check
	npm test --silent
	@rm -f $(FLAKY)
	@$(MAKE) --no-print-directory --jobs=2 test-outside-browser test-in-browser
	@cat $(FLAKY) 2>/dev/null || true
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include "rsconnect_jupyter/sandbox/*" --fail-under 93
	$(BIN)/coverage report --omit "rsconnect_jupyter/sandbox/*" --show-missing --fail-under 99

# At the same time, because tests in a browser mostly wait; those show all that they print at their end. The first measure
# which lines and branches of the package run, in the processes that they start, too.
test-outside-browser:
	@rm -rf $(dir $(COVERAGE_FILE)) && mkdir -p $(dir $(COVERAGE_FILE))
	$(MEASURED) -n 4 $(TOGETHER) $(OUTSIDE_BROWSER) || $(MEASURED) $(ONCE_MORE) $(OUTSIDE_BROWSER)

test-in-browser:
	@{ $(PYTEST) -n 2 $(TOGETHER) $(IN_BROWSER) || $(PYTEST) $(ONCE_MORE) $(IN_BROWSER); } >.make/browser.log 2>&1; \
	  status=$$?; cat .make/browser.log; exit $$status

# Slow tests, long proofs, measurements, large packages, more of other people's clients and front ends: a job of its own in public CI.
thorough: install chromium
	$(PYTEST) $(SHARED) -m "(thorough or slow) and not browser" --ignore tests/real $(PYTEST_OPTIONS)
	$(PYTEST) $(SHARED) -m "thorough or slow" tests/browser $(PYTEST_OPTIONS)
	$(PYTEST) -m "(thorough or slow) and browser" --ignore tests/browser $(PYTEST_OPTIONS)

# What needs neither a browser nor other people's environments: for other systems and Pythons.
test-python: install
	$(PYTEST) $(SHARED) -m "not browser and not peer and not thorough" $(PYTEST_OPTIONS)

# The wheel in JupyterLab and Notebook of other ages: make test-front-ends FRONT_ENDS="jupyterlab==4.4.* notebook==7.4.*"
test-front-ends: install chromium
	FRONT_ENDS="$(FRONT_ENDS)" $(PYTEST) tests/architecture/test_packaging.py -k front_ends $(PYTEST_OPTIONS)

check: check-python check-front-end

check-python: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-front-end: install
	npm run --silent lint

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm run --silent fix

build: install
	rm -rf dist
	npm run --silent build:prod
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-manifest

docs: install
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build

# After a change of texts: the template, and what each language lacks.
translations: install
	$(BIN)/python translations/catalogs.py

screenshots: install chromium
	$(BIN)/python demo/screenshots.py

bench: install
	$(BIN)/python benchmarks/run.py --write docs/benchmarks.md

corpus: install
	PATH=$(BIN):$$PATH $(BIN)/python benchmarks/corpus.py

# Notebooks that fail in a clean environment, and what a rehearsal says of them; ten minutes.
rehearsals: install
	$(BIN)/python benchmarks/rehearsals.py --publish

faults: install
	$(BIN)/python benchmarks/faults.py

# Real hubs, gateways, odd homes, two users and kills, each scenario with its result; JupyterHub, its proxy and the
# gateway come from PyPI and npm. `make test` runs a short form of it.
real: install
	KILLS=20 $(PYTEST) -v -rA --show-capture stdout tests/real tests/extension/test_kills.py $(PYTEST_OPTIONS)

chromium:
	@demo/chromium

clean:
	rm -rf .make .demo dist build lib tsconfig.tsbuildinfo $(LABEXTENSION) $(LIBRARIES) rsconnect_jupyter/locale/*/LC_MESSAGES/*.{mo,json}

.venv/bin/python:
	@$(PYTHON) -m venv .venv || { echo "No venv module here; trying virtualenv."; rm -rf .venv; \
	  $(PYTHON) -m pip install --user virtualenv && $(PYTHON) -m virtualenv .venv; }

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): node_modules/.package-lock.json $(SOURCES)
	npm run --silent build:prod
	@touch $@

# uv takes a third of pip's time, but reads none of pip's settings: where it reaches no index, pip may.
# The link goes first: an installer would write, and remove, through it what was built.
.make/installed: .venv/bin/python $(BUILT) pyproject.toml $(wildcard jupyter-config/*/*.json)
	@echo "Installing the package and its tools into .venv: a minute or two."
	@rm -rf $(LINK)
	@{ $(PIP) uv && $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable ".[dev]"; } || $(PIP) --editable ".[dev]"
	@mkdir -p .make && touch $@

.make/catalogs: .make/installed $(wildcard rsconnect_jupyter/locale/*/LC_MESSAGES/*.po)
	@$(BIN)/python translations/build_hook.py
	@touch $@

# An editable install copies the front end; a link lets Jupyter see each new build.
.make/linked: .make/installed
	@rm -rf $(LINK)
	@ln -sfn "$(CURDIR)/$(LABEXTENSION)" $(LINK)
	@touch $@
