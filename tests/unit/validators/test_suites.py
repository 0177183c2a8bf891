"""The shipped suites and what the rest of the project says must not drift apart."""

import csv

from migrate.packs.validators import pack

from migrate.core.suites import SuiteText, choose
from tests.shared import ROOT

from .seeded import CHECKS


def test_us_core_exceptions_of_the_synthea_suite_are_the_committed_list() -> None:
    suites = pack().suites()
    texts = [SuiteText(name, suites[name]) for name in ("standard", "synthea-csv")]
    (choice,) = (c for c in choose(texts, CHECKS) if c.id == "conformance.profile")
    with (ROOT / "tests/golden/us_core_exceptions.csv").open(encoding="utf-8") as file:
        rules = {row["rule"] for row in csv.DictReader(file) if row["profile"] == "synthea-csv"}
    exceptions = choice.settings["exceptions"]
    assert isinstance(exceptions, dict)
    assert set(exceptions) == rules


def test_a_safety_check_of_the_pack_is_safety_in_the_suite_or_says_why_not() -> None:
    choices = choose([SuiteText("standard", pack().suites()["standard"])], CHECKS)
    milder = {c.id for c in choices if c.id.startswith("safety.") and c.severity != "safety"}
    # A transgender patient's chart is right as it is: somebody looks, nobody has to sign.
    assert milder == {"safety.sex-conflict"}
