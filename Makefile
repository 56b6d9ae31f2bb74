# The whole of Chairside on one machine: `make run`, `make demo`, `make test`. Needs Python 3.11 or newer, nothing else.
.DEFAULT_GOAL := help
.PHONY: help run demo test test-quick test-times check format bench schemas faults clean-data lock

BIN := .venv/bin
READY := .venv/ready
SEEDS ?= 100
REPORT := build/tests.xml
# In the order of the folders, so that the longest files come first, the shortest last, and a folder's files, which share
# a service, one after the other. By itself xdist begins with the files of most tests.
# One more than there are cores, since most tests wait for processes of their own half of the time.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PARALLEL := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder --junitxml $(REPORT)
# Every service is a process of its own: without kept bytecode each compiles two thousand modules before it starts.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
unexport PYTHONDONTWRITEBYTECODE

CODE := kernel contracts chassis cli services dev deploy tests

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): constraints.txt pyproject.toml deploy/make-venv
	deploy/make-venv .venv
	@touch $@

run: $(READY) ## Starts everything, plays a morning at the clinic, stays up until Ctrl-C
	@$(BIN)/python -m dev run

demo: $(READY) ## The same morning; exits 0 only if the books balance
	@$(BIN)/python -m dev demo

test: $(READY) ## All tests on the embedded parts; see CHAIRSIDE_TEST_KAFKA and CHAIRSIDE_TEST_MONGO
	$(BIN)/pytest $(PARALLEL) $(ONLY)

test-quick: $(READY) ## The tests that need no service, for the daily loop
	$(BIN)/pytest $(PARALLEL) tests/unit tests/contracts

test-times: $(READY) ## Where the time of the last run went: its slowest files and tests
	@$(BIN)/python -m tests.times $(REPORT)

check: $(READY) ## Style, types, import rules, and whether what is generated is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m contracts.export --check
	$(BIN)/python -m dev.reference --check

format: $(READY) ## Formats the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measures against the floor and the naive way
	@$(BIN)/python -m tests.performance

schemas: $(READY) ## Writes anew what is generated: schemas, AsyncAPI, OpenAPI, examples, docs/reference
	$(BIN)/python -m contracts.export
	$(BIN)/python -m dev.reference

faults: $(READY) ## Long fault tests: make faults SEEDS=1000
	$(BIN)/python -m tests.faults --seeds $(SEEDS)

clean-data: ## Empties var/
	rm -rf var

# constraints.txt is all that a developer's machine gets. deploy/requirements.txt is the part of it that runs in
# production, at the same versions: images install from it alone, so nothing embedded (SecantusDB is GPL-2, MongoDB is SSPL) is in them.
LOCK := pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet --upgrade

lock: $(READY) ## Pins the newest versions that work together
	$(BIN)/uv $(LOCK) --all-extras -o constraints.txt
	$(BIN)/uv $(LOCK) --constraint constraints.txt -o deploy/requirements.txt
