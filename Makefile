# One gate: `make check`. One look: `make demo`. See README.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
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

.PHONY: demo
demo: setup
	@sh sample_data/demo.sh $(BIN)/ehr-migrate .demo

.PHONY: test
test: setup
	@$(BIN)/python -m pytest

.PHONY: check format lint types imports docs wheel
check: lint types imports test wheel
	@echo "check: all good"
format: setup
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
lint: setup
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
types: setup
	@$(BIN)/mypy
imports: setup
	@$(BIN)/lint-imports
docs: setup
	@$(BIN)/python -m migrate.cli.document
wheel: setup
	@sh tests/architecture/wheel.sh $(BIN)/python

# --- hundreds of kinds of wrong put into Riverbend, and what the checks find of them ------------
# SEEDED="--side staged" or "--family money" takes a part of it
SEEDS ?= 20
SEEDED ?=

.PHONY: seeded-faults
seeded-faults: setup
	@$(BIN)/python -m tests.seeded $(SEEDS) $(SEEDED)

# --- measurements on the corpus beside the project -------------------------------------------
SHARED ?= ../shared

.PHONY: gold validate-reference
gold: setup
	@$(BIN)/python -m benchmarks.gold $(SHARED)/corpus/csv/synthea_ma
validate-reference: setup
	@$(BIN)/python -m benchmarks.reference_validation $(SHARED)

# --- C-CDA: HL7's guide pair by pair, Synthea's documents against its CSV, HL7's validator ------
FOLDER ?= $(SHARED)/corpus/ccda
EVERY ?= 1

.PHONY: ccda-bench ccda-gaps ccda-guide ccda-synthea ccda-validate
ccda-bench: setup
	@$(BIN)/python -m benchmarks.ccda_bench $(SHARED) $(FOLDERS)
ccda-gaps: setup
	@$(BIN)/python -m benchmarks.ccda_gaps $(RUN)
ccda-guide: setup
	@$(BIN)/python -m benchmarks.ccda_guide $(SHARED)
ccda-synthea: setup
	@$(BIN)/python -m benchmarks.ccda_synthea $(SHARED)
ccda-validate: setup
	@$(BIN)/python -m benchmarks.ccda_validation $(SHARED) $(FOLDER) $(EVERY)

# --- kill -9: at random moments of all stages, then at every request and every commit --------
# PART=stages, load, rollback, delta, undo, server; a part ends after MINUTES and goes on next time
KILLS ?= 50
SEED ?= 1
PART ?= all
MINUTES ?= 600
CASE ?= load 1:before

.PHONY: crash crash-again verify-faults bench-memory
crash: setup
	@case $(PART) in all|stages) $(BIN)/python -m tests.crash $(KILLS) $(SEED);; esac
	@test $(PART) = stages || $(BIN)/python -m tests.crash campaign $(PART) $(SEED) $(MINUTES)
crash-again: setup
	@$(BIN)/python -m tests.crash replay $(CASE)
verify-faults: setup
	@$(BIN)/python -m tests.mutations
# SIZES: resources of the smaller and of the larger practice
SIZES ?= 250000 1000000
bench-memory: setup
	@$(BIN)/python -m tests.memory $(SIZES)

# --- a FHIR server in this process that fails on demand, and a real one (BASE=http://…/fhir) ---
BASE ?= http://127.0.0.1:8080/fhir
FHIR ?= -

.PHONY: test-server real-server
test-server: setup
	@EHR_MIGRATE_HAPI=$$(tools/hapi/hapi.sh base) $(BIN)/python -m pytest tests/server
# WAY=import: by the server's $$import
real-server: setup
	@$(BIN)/python -m tests.server.real $(BASE) $(FHIR) $(WAY)

# --- dumps and live databases against real MariaDB and PostgreSQL servers (Debian's packages) ---
.PHONY: dumps-values
dumps-values: setup
	@EHR_MIGRATE_SHARED=$(SHARED) $(BIN)/python -m pytest tests/server/test_dump_values.py tests/server/test_random_tables.py -v
# SIZE megabytes of dump, staged and loaded by the servers, in one run
SIZE ?= 500
.PHONY: bench-dumps
bench-dumps: setup
	@$(BIN)/python -m tests.server.bench_dumps $(SIZE)
# Every fault at every request of a load, on every kind of server (the tests take a few of them).
.PHONY: faults
faults: setup
	@EHR_MIGRATE_FAULTS=all $(BIN)/python -m pytest tests/server/test_fhir_faults.py -q

# A HAPI FHIR server of Maven Central on 127.0.0.1 (Java 17, Maven; DB=mem, file or postgres,
# PORT=8080): see tools/hapi/hapi.sh.
.PHONY: hapi hapi-stop bench-hapi hapi-proof
hapi:
	@tools/hapi/hapi.sh start
hapi-stop:
	@tools/hapi/hapi.sh stop
# The whole way for Riverbend and Synthea on BASE: load, verify, load again, rollback, load again;
# PRACTICES=riverbend-csv or synthea-csv for one of them.
hapi-proof: setup
	@$(BIN)/python -m tests.server.proof $(BASE) $(SHARED) $(PRACTICES)
bench-hapi: setup
	@EHR_MIGRATE_SERVER="$$(tools/hapi/hapi.sh pids)" $(BIN)/python -m tests.server.bench $(BASE) $(SHARED)/reference/load.py $(BENCH)

# --- the engine against the plain-Python interpreter over a whole export (slow) ---------------
PROFILE ?= openmrs
EXPORT ?= $(SHARED)/corpus/sql/bahmni/openmrs_v0.92.mysqldump.sql.gz
.PHONY: second-opinion
second-opinion: setup
	@$(BIN)/python -m benchmarks.second_opinion $(PROFILE) $(EXPORT)

# --- report, review and archive in Debian's Chromium; the screenshots stay in PICTURES ----------
PICTURES ?= .screens

.PHONY: browser
browser: setup
	@EHR_MIGRATE_BROWSER=all EHR_MIGRATE_SHARED=$(abspath $(SHARED)) \
		EHR_MIGRATE_SCREENSHOTS=$(abspath $(PICTURES)) $(BIN)/python -m pytest -q -rs tests/browser
	@echo "screenshots: $(PICTURES)"

# --- the engine's figures, as ratios in one run ------------------------------------------------
RESOURCES ?= 1000000
.PHONY: bench bench-review bench-report bench-archive
bench: setup
	@$(BIN)/python -m benchmarks.mapping
bench-review: setup
	@$(BIN)/python -m benchmarks.review $(PATIENTS)
bench-report: setup
	@$(BIN)/python -m benchmarks.report $(RESOURCES) $(HELD)
bench-archive: setup
	@$(BIN)/python -m benchmarks.archive $(ROWS)

# --- hand-over packages: what import desks lose, seeded and found again --------------------------
TIMES ?= 20

.PHONY: handover-faults handover-proof handover-through handover-pictures bench-handover
# practices through the command line to import desks and back; synthea needs the shared corpus
handover-through: setup
	@$(BIN)/python -m tests.handover.through $(PRACTICES) $(LAYOUTS)
# converted documents as pictures for the eye; OUT=folder, needs pypdfium2
handover-pictures: setup
	@$(BIN)/python -m tests.handover.pictures $(or $(OUT),.pictures)
bench-handover: setup
	@$(BIN)/python -m benchmarks.handover $(or $(PATIENTS),100000) $(LAYOUTS)
handover-faults: setup
	@$(BIN)/python -m tests.handover $(TIMES)
# FHIR=a folder of <Type>.ndjson (a run's fhir folder)
handover-proof: setup
	@$(BIN)/python -m tests.handover.proof $(FHIR) $(or $(LAYOUTS),spreadsheet-desk ccda-desk)

# --- does the compiled conformance agree with the HL7 validator, and what does it cost? ---------
.PHONY: agreement bench-checks
agreement: setup
	@$(BIN)/python -m benchmarks.agreement $(SHARED) $(ARGS)
bench-checks: setup
	@$(BIN)/python -m benchmarks.checks $(ROWS)
