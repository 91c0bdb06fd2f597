# `make demo` sets up and runs the main job; `make test` sets up and passes the tests.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] < (3,14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin

.PHONY: setup demo test test-long test-books test-year lint bench gallery ui clean
.DEFAULT_GOAL := demo

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11–3.13，未找到。"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --no-deps --editable .
	$(BIN)/python -m compileall -q dagster_project expectations exports
	@touch $@

demo: setup
	$(BIN)/coopledger demo

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Hours of fresh random sheets: EXAMPLES of them a contract and test.
test-long: setup
	TEST_PROPERTY_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -n 2 tests/test_property_receive.py tests/test_property_receive_corrupted.py

# A month of the demo closed, corrected and made again: four minutes.
test-books: setup
	TEST_BOOKS=1 $(BIN)/python -m pytest tests/test_books_month.py

# A year of twelve months lived, closed, corrected and made again (MONTHS=3 for a short one).
test-year: setup
	TEST_YEAR_MONTHS=$(or $(MONTHS),12) $(BIN)/python -m pytest tests/test_books_year.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy dagster_project expectations exports

bench: setup
	$(BIN)/python tests/benchmarks/bench_receive.py
	$(BIN)/python tests/benchmarks/bench_registry.py
	$(BIN)/python tests/benchmarks/bench_province.py
	$(BIN)/python tests/benchmarks/bench_province.py --shape xlsx --rows 100000 400000 --rows-a-file 100000
	$(BIN)/python tests/benchmarks/bench_province.py --rows 1000000 --rows-a-file 1000000
	$(BIN)/python tests/benchmarks/bench_judge.py
	$(BIN)/python tests/benchmarks/bench_forms.py

# The pictures of the README, from the demo: needs LibreOffice, pdftoppm and Chromium.
gallery: demo
	$(BIN)/python -m exports.gallery var/demo/exports/2024-07

ui: setup
	$(BIN)/coopledger ui

clean:
	rm -rf .venv var
