# Every target sets up what it needs: environment/run finds or builds the stack first.
run := environment/run
workers ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo lint test test-slow test-kernels compat regression bench bench-peers clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

setup: ## only make the environment
	$(run) --setup

demo: ## stack-pressure study of a small cell, with a report in results/stack_pressure
	$(run) python3 -m chemomech study studies/stack_pressure.toml --out results/stack_pressure

lint: ## style, form and types of the code: ruff and mypy
	$(run) ruff check
	$(run) ruff format --check
	$(run) mypy

test: lint ## lint, then the tests that take seconds
	$(run) python3 -m pytest -q -n $(workers) -m "not slow"

test-slow: ## the long verification runs
	$(run) python3 -m pytest -q -m slow --timeout 3600

test-kernels: ## the numeric tests under every kernel of OpenBLAS, on one and two threads
	$(run) python3 tests/references/kernels.py

compat: ## the tests on Debian sid as it stands: newest dolfinx, PETSc, Python and gmsh
	CHEMOMECH_ENV=private CHEMOMECH_SUITE=sid $(run) python3 -m pytest -q -n $(workers) -m "not slow"

regression: ## six quick cases against their stored numbers, to 1e-9 (on the machine that stored them)
	$(run) python3 tests/references/regression.py --check

bench: ## timings: parts of an iteration, growth with the mesh, other programs beside ours
	$(run) python3 benchmarks/run.py
	$(run) python3 benchmarks/growth.py
	$(run) python3 benchmarks/cycle.py
	$(run) python3 benchmarks/meshing.py
	$(MAKE) bench-peers

bench-peers: ## a cantilever beam in other programs (installs them; Python 3.9 to 3.12)
	python3 benchmarks/peers/compare.py

clean: ## delete results/ and what building and testing left in this folder
	rm -rf results build dist chemomech.egg-info .pytest_cache .hypothesis .ruff_cache .mypy_cache
	find chemomech tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
