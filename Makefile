# make demo: train, sample and export in a few minutes.   make test: everything CI runs.
# make mutants: wrong lines that the tests must see; ONLY="spectral vae.py" takes some.
# make docs: measure what is missing, write the pages.    make bench: speed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: demo test mutants lint bench docs clean

demo: $(VENV)/.installed
	$(BIN)/python examples/demo.py --out demo --force

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

mutants: $(VENV)/.installed
	$(BIN)/python tests/mutants/run.py $(ONLY)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/step_overhead.py
	$(BIN)/python benchmarks/fit_overhead.py
	$(BIN)/python benchmarks/sampling.py --write
	$(BIN)/python benchmarks/growth.py --write
	$(BIN)/python benchmarks/recurrent.py
	$(BIN)/python benchmarks/convolutions.py
	-$(BIN)/python benchmarks/training.py --write
	$(BIN)/python benchmarks/exported.py --write
	$(BIN)/python -m docs speed

docs: $(VENV)/.installed
	$(BIN)/python -m docs

$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist demo *.egg-info
