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


def test_the_guide_names_every_check_and_no_other() -> None:
    page = (ROOT / "migrate/guide/checks.md").read_text("utf-8")
    table = page.split("## The shipped checks")[1].split("\n## ")[0]
    named = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")}
    assert named - {"check"} == set(CHECKS)


def test_the_guide_s_suite_is_a_suite() -> None:
    page = (ROOT / "migrate/guide/checks.md").read_text("utf-8")
    text = page.split("```yaml\n")[1].split("```")[0]
    standard = SuiteText("standard", pack().suites()["standard"])
    choices = {c.id: c for c in choose([standard, SuiteText("guide", text)], CHECKS)}
    assert choices["plausibility.dose-jump"].waived_by is not None
