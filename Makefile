# `make demo` and `make test` each set up everything they need on a fresh machine (Python 3.11 and make) and run.
# CORES: how many cores to use. PYTHON: which Python makes the environment.
# WORKERS: how many test processes; one more than cores, because they wait for disks and jobs.
WORKERS ?= 3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SNAKEMAKE = $(BIN)/snakemake --cores $(CORES)
# Taken as they are typed: a dollar sign in a file's name is no variable.
override VIDEO := $(value VIDEO)
override VIDEO2 := $(value VIDEO2)
override GAME := $(value GAME)
export VIDEO VIDEO2 GAME

.PHONY: help setup demo test test-all test-times faults slurm lint reel soccernet clean-results
help:
	@echo "make demo                      render, train, find and cut: a reel of a synthetic match"
	@echo "make reel VIDEO=match.mp4      a reel of your own recording [VIDEO2=second-half.mp4] [GAME=name]"
	@echo "make test                      set up and run the quick tests (5 minutes)"
	@echo "make test-all                  all tests that need no root"
	@echo "make faults                    kill, fill and damage everything, and see what happens (8 minutes)"
	@echo "make slurm                     the workflow through a SLURM of one node (root, slurm-wlm, munge)"
	@echo "make lint                      ruff, mypy, snakefmt, snakemake --lint"
	@echo "make soccernet                 add the SoccerNet package to the environment"

setup: $(VENV)/.base

# The stamp carries the lock: pip runs again only when the lock has changed.
$(VENV)/.base: envs/lock-base.txt envs/lock-torch.txt envs/setup_venv.py
	@$(PYTHON) envs/setup_venv.py $(VENV) envs/lock-base.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.base envs/lock-dev.txt envs/lock-slurm.txt envs/lock-kubernetes.txt envs/lock-s3-server.txt
	@$(PYTHON) envs/setup_venv.py $(VENV) envs/lock-base.txt envs/lock-dev.txt
	@$(BIN)/python -P -m pip install --quiet --no-deps --require-hashes --upgrade --target $(VENV)/slurm -r envs/lock-slurm.txt
	@$(BIN)/python -P -m pip install --quiet --no-deps --require-hashes --upgrade --target $(VENV)/kubernetes \
		-r envs/lock-kubernetes.txt -r envs/lock-s3-server.txt
	@touch $@

demo: $(VENV)/.base
	@$(BIN)/python workflow/commands/demo.py --cores $(CORES)

reel: $(VENV)/.base
	@$(BIN)/python workflow/commands/make_reel.py --cores $(CORES)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

test-all: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not faults and not slurm" $(TESTS)

# Where the tests' time goes, by file and by shared fixture (docs/testing.md).
test-times: $(VENV)/.dev
	@PYTHONPATH=tests $(BIN)/python -m pytest -n $(WORKERS) -p support.durations --durations-page test-times.md $(TESTS)

# Kills, full disks, bad inputs (docs/faults.md). CASES: how many bad inputs of each kind.
faults: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m faults tests/faults --cases $(or $(CASES),4)

# As root, after tests/support/slurm_node.sh install.
slurm: $(VENV)/.dev
	@$(BIN)/python -m pytest -m slurm --durations=5 tests/workflow/test_slurm.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check --compact-diff Snakefile rules
	$(BIN)/snakemake --lint

soccernet: $(VENV)/.base
	@$(PYTHON) envs/setup_venv.py $(VENV) envs/lock-base.txt envs/lock-dev.txt

clean-results:
	rm -rf results/[!.]* .snakemake
