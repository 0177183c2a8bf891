"""Suites: merging, thresholds, verdicts, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.ports import CheckCategory, Facts, Outcome, Part
from migrate.core.suites import Choice, SuiteText, Threshold, choose, verdict
from migrate.errors import AskedWrongly


@dataclass(frozen=True)
class Stub:
    id: str
    category: CheckCategory = "safety"
    code: str = "CHK900"
    defaults: Mapping[str, object] = field(
        default_factory=lambda: {"factor": 10, "codes": [], "exceptions": {}, "zone": "x"}
    )

    def run(self, facts: Facts, settings: Mapping[str, object]) -> Outcome:  # noqa: ARG002
        return Outcome(0, 0)


CHECKS = {name: Stub(name) for name in ("safety.a", "plausibility.b")}
BASE = SuiteText(
    "standard.yml",
    "suite: standard\nchecks:\n  safety.a: {severity: safety, threshold: {failed: 2}}\n"
    "  plausibility.b: {severity: error}\n",
)


def chosen(*texts: str) -> dict[str, Choice]:
    own = [SuiteText(f"own{n}.yml", text) for n, text in enumerate(texts)]
    return {choice.id: choice for choice in choose([BASE, *own], CHECKS)}


def mistakes(*texts: str) -> tuple[str, ...]:
    with pytest.raises(AskedWrongly) as caught:
        chosen(*texts)
    assert caught.value.code == "CHK090"
    return caught.value.details


def test_a_later_suite_tightens_and_adds() -> None:
    found = chosen(
        "checks:\n  safety.a:\n    threshold: 0\n    fields: {t.c: {share: 0.5}}\n"
        "  plausibility.b: {severity: warning, settings: {factor: 3, codes: [a, '1']}}\n"
    )
    assert found["safety.a"].threshold == Threshold(0)
    assert found["safety.a"].fields == {"t.c": Threshold(None, Decimal("0.5"))}
    assert found["safety.a"].waived_by is None
    assert found["plausibility.b"].severity == "warning"
    assert found["plausibility.b"].settings == {"factor": 3, "codes": ["a", "1"]}


@pytest.mark.parametrize(
    "change",
    [
        "threshold: 3",
        "threshold: {share: 0.1}",
        "severity: error",
        "off: true",
        "settings: {factor: 100}",
    ],
)
def test_a_safety_check_is_loosened_by_signature_only(change: str) -> None:
    (said,) = mistakes(f"checks:\n  safety.a: {{{change}}}\n")
    assert said.startswith("own0.yml:2:3: CHK090 safety check 'safety.a' is made looser")
    by_biller = f"checks:\n  safety.a: {{{change}, because: x, by: B. Iller, role: billing}}\n"
    assert mistakes(by_biller)
    found = chosen(f"checks:\n  safety.a: {{{change}, because: why, by: Dr X, role: clinical}}\n")
    assert found["safety.a"].waived_by == "Dr X (clinical): why"
    assert found["safety.a"].off == ("off" in change)


def test_other_checks_may_be_loosened_or_left_out() -> None:
    assert chosen("checks:\n  plausibility.b: {threshold: 9}\n")["plausibility.b"].threshold == (
        Threshold(9)
    )
    off = chosen("checks:\n  plausibility.b: {off: true}\n")["plausibility.b"]
    assert verdict(off, Outcome(5, 5)) == "not-applicable"


def test_all_mistakes_at_once_with_their_places() -> None:
    assert mistakes(
        "suit: own\nchecks:\n  safety.aa: {severity: safety}\n  plausibility.b:\n"
        "    severity: severe\n    threshold: {failed: -1, part: 2}\n"
        "    settings: {facter: 1, factor: many, codes: 1}\n    threshold: 1\n",
        "checks: [\n",
        "",
    ) == (
        "own0.yml:1:1: CHK090 unknown word 'suit'; write suite, about or checks",
        "own0.yml:5:15: CHK090 write one of safety, error, warning",
        "own0.yml:6:25: CHK090 a count of 0 or more is needed here",
        "own0.yml:6:29: CHK090 unknown word 'part'; write failed or share",
        "own0.yml:8:5: CHK090 'threshold' stands here twice",
        "own0.yml:3:3: CHK090 there is no check 'safety.aa'; write safety.a",
        "own0.yml:7:16: CHK090 'plausibility.b' has no setting 'facter'; write factor",
        "own0.yml:7:27: CHK090 setting 'factor' of 'plausibility.b' must be a number",
        "own0.yml:7:41: CHK090 setting 'codes' of 'plausibility.b' must be a list",
        "own1.yml:2:1: CHK090 this is not well-formed YAML; mend the indentation or quotes",
        "own2.yml:1:1: CHK090 the suite is empty",
    )


def test_a_first_mention_needs_its_severity() -> None:
    with pytest.raises(AskedWrongly) as caught:
        choose([SuiteText("s.yml", "checks:\n  safety.a: {threshold: 1}\n")], CHECKS)
    assert caught.value.details == (
        "s.yml:2:3: CHK090 'safety.a' needs severity: safety, error or warning",
    )


@pytest.mark.parametrize(
    ("severity", "examined", "failed", "expected"),
    [
        ("safety", 0, 0, "not-applicable"),
        ("error", 10, 0, "pass"),
        ("error", 10, 1, "fail"),
        ("safety", 10, 1, "fail"),
        ("warning", 10, 1, "warn"),
        ("error", 0, 1, "fail"),
    ],
)
def test_verdicts(severity: str, examined: int, failed: int, expected: str) -> None:
    choice = Choice("x", severity)  # type: ignore[arg-type]
    assert verdict(choice, Outcome(examined, failed)) == expected


def test_a_field_has_its_own_threshold() -> None:
    choice = Choice("x", "error", Threshold(5), {"t.c": Threshold(0), "t.other": Threshold(0)})
    parts = (Part("t.c", 10, 1), Part("t.d", 10, 1))
    assert verdict(choice, Outcome(20, 2, (), parts)) == "fail"
    assert verdict(choice, Outcome(20, 2, (), parts[1:])) == "pass"


def test_shares_are_exact() -> None:
    assert Threshold(None, Decimal("0.1")).holds(30, 3)
    assert not Threshold(None, Decimal("0.1")).holds(30, 4)


bounds = st.builds(
    Threshold,
    st.none() | st.integers(0, 5),
    st.none() | st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.5"), Decimal(1)]),
)


@settings(deadline=None, max_examples=200)
@given(bounds, bounds, st.integers(1, 20), st.integers(0, 20))
def test_within_never_lets_through_what_the_other_stops(
    tight: Threshold, loose: Threshold, examined: int, failed: int
) -> None:
    if tight.within(loose) and tight.holds(examined, min(failed, examined)):
        assert loose.holds(examined, min(failed, examined))
