# The only commands a newcomer needs. `make run` starts everything from a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check pythons soak bench install lock

run: .venv/.main
	@$(BIN)/python -m tools.run

install: .venv/.dev

test: .venv/.dev
	@$(BIN)/python -m tools.test

check: .venv/.dev
	@$(BIN)/python -m tools.test --quick

pythons: .venv/.dev
	@$(BIN)/python -m tools.other_pythons

soak: .venv/.dev
	@$(BIN)/python -m tools.soak

bench: .venv/.bench
	@$(BIN)/python -m benchmarks

lock: .venv/.uv
	@$(PYTHON) tools/lock.py

.venv/.uv: requirements/uv.txt
	@$(PYTHON) tools/install.py uv

.venv/.main: requirements/main.txt .venv/.uv
	@$(PYTHON) tools/install.py main

.venv/.dev: requirements/dev.txt .venv/.uv
	@$(PYTHON) tools/install.py dev
	@touch .venv/.main

.venv/.bench: requirements/bench.txt .venv/.uv
	@$(PYTHON) tools/install.py bench
	@touch .venv/.main
