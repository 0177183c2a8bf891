"""Every check of the pack passes the clean run, having looked at something."""

from collections.abc import Iterator

import pytest

from migrate.core.issues import catalogue
from migrate.engine.judging import JudgedFacts, open_judged

from .seeded import CHECKS, Seeded, clean, places

NOTHING_TO_SEE = {
    "completeness.declared-rows",
    "completeness.required-columns",
    "completeness.columns",
    "completeness.expectations",
    "plausibility.after-death",
    "money.sums-agree",
    "conformance.column-expectations",
    "source.codes",
    # needs the profile, or twenty results of a code
    "terminology.crosswalk-rows",
    "terminology.crosswalk-codes",
    "terminology.unit-kind",
    # no second path was written for the small run; see test_secondpath.py
    "safety.identity",
    "safety.allergies",
    "safety.medications",
    "safety.problems",
    "safety.results",
    "completeness.chart",
    "money.facts",
    # what the small run has none of; test_sense.py and the seeded faults of Riverbend do
    "completeness.note-author",
    "money.coverage-in-force",
    "money.ledger",
    "money.missed-charges",
    "money.payer-known",
    "money.stray-charges",
    "money.totals",
    "plausibility.thousandfold",
    "safety.allergy-alerts",
    "safety.dose-range",
    "safety.pediatric-dose",
    "source.dates",
    "source.diagnoses",
    "source.drift",
    "source.keys",
    "source.lines",
    "source.parents",
}


@pytest.fixture(scope="module")
def clean_facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JudgedFacts]:
    with open_judged(clean().write(tmp_path_factory.mktemp("clean") / "run")) as facts:
        yield facts


@pytest.fixture(scope="module")
def no_facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JudgedFacts]:
    with open_judged(Seeded().write(tmp_path_factory.mktemp("none") / "run")) as facts:
        yield facts


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_the_clean_run_passes(check: str, clean_facts: JudgedFacts) -> None:
    found = CHECKS[check].run(clean_facts, {})
    assert places(found) == []
    assert found.failed == 0
    assert (found.examined == 0) == (check in NOTHING_TO_SEE)
    assert CHECKS[check].code in catalogue()


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_an_empty_run_is_not_a_pass(check: str, no_facts: JudgedFacts) -> None:
    found = CHECKS[check].run(no_facts, {})
    assert (found.examined, found.failed) == (0, 0)


def test_every_check_is_chosen_by_the_standard_suite() -> None:
    from migrate.packs.validators import pack

    from migrate.core.suites import SuiteText, choose

    text = SuiteText("standard.yml", pack().suites()["standard"])
    assert {choice.id for choice in choose([text], CHECKS)} == set(CHECKS)
