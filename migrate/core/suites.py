"""Suites: which checks count, how much, and the verdict on what they found.

A suite is a YAML file::

    suite: standard
    about: what it is for
    checks:
      plausibility.vital-range:
        severity: warning               # safety | error | warning
        threshold: {share: 0.01}        # and/or {failed: 3}; default {failed: 0}
        fields: {Observation.8302-2: {failed: 0}}
        settings: {factor: 10}

Several suites are laid over one another in order: a later one adds checks, tightens or
loosens. What makes a safety check looser (a higher threshold, a lower severity, other
settings, ``off: true``) needs ``because``, ``by`` and a clinical ``role``; the check then
carries that name in ``waived_by``. The texts are part of what a sign-off binds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, cast

from migrate.core.gate import CLINICAL_ROLES
from migrate.core.ports import Check, Outcome
from migrate.core.suitetext import Entry, Spot, SuiteText, read_suite
from migrate.errors import AskedWrongly

__all__ = ["Choice", "SuiteText", "Threshold", "choose", "verdict"]

SuiteSeverity = Literal["safety", "error", "warning"]
Verdict = Literal["pass", "warn", "fail", "not-applicable"]
_WEIGHT = {"warning": 0, "error": 1, "safety": 2}


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many may fail: at most ``failed``, and at most ``share`` of what was examined."""

    failed: int | None = 0
    share: Decimal | None = None

    def holds(self, examined: int, failed: int) -> bool:
        """Whether these counts are within the threshold."""
        return (self.failed is None or failed <= self.failed) and (
            self.share is None or failed <= self.share * examined
        )

    def within(self, other: Threshold) -> bool:
        """Whether this threshold never lets through what ``other`` would stop."""
        if self.failed == 0:
            return True
        count = other.failed is None or (self.failed is not None and self.failed <= other.failed)
        share = other.share is None or (self.share is not None and self.share <= other.share)
        return count and share

    def document(self) -> dict[str, object]:
        """As published: ``failed`` a number, ``share`` a text."""
        return {
            **({} if self.failed is None else {"failed": self.failed}),
            **({} if self.share is None else {"share": str(self.share)}),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """One check as the suites choose it. ``waived_by`` names who signed for a looser one.

    A check that is ``off`` stays listed, as not applicable: what was not looked at is said.
    """

    id: str
    severity: SuiteSeverity
    threshold: Threshold = Threshold()
    fields: Mapping[str, Threshold] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    off: bool = False
    waived_by: str | None = None


def verdict(choice: Choice, outcome: Outcome) -> Verdict:
    """The verdict on what a check found; nothing examined is never a pass."""
    if choice.off or (outcome.examined == 0 and outcome.failed == 0):
        return "not-applicable"
    parts = {part.name: part for part in outcome.parts}
    held = choice.threshold.holds(outcome.examined, outcome.failed) and all(
        threshold.holds(parts[name].examined, parts[name].failed)
        for name, threshold in choice.fields.items()
        if name in parts
    )
    if held:
        return "pass"
    return "warn" if choice.severity == "warning" else "fail"


def choose(texts: Sequence[SuiteText], checks: Mapping[str, Check]) -> tuple[Choice, ...]:
    """The checks that these suites choose, in the order of their ids, those switched off too.

    ``checks`` are all checks there are, by id. Raises AskedWrongly (CHK090) with every mistake
    of every text, each with file, line and column.
    """
    wrong: list[str] = []
    chosen: dict[str, Choice] = {}
    for text in texts:
        for entry in read_suite(text, wrong):
            _lay_over(chosen, entry, checks, wrong)
    if wrong:
        raise AskedWrongly(
            "CHK090",
            f"the check suites have {len(wrong)} mistake{'s' if len(wrong) > 1 else ''}",
            details=tuple(wrong),
            try_="mend them; the messages name file, line and column",
        )
    return tuple(chosen[name] for name in sorted(chosen))


def _lay_over(
    chosen: dict[str, Choice], entry: Entry, checks: Mapping[str, Check], wrong: list[str]
) -> None:
    check = checks.get(entry.id)
    if check is None:
        near = get_close_matches(entry.id, checks, n=1)
        hint = f"; write {near[0]}" if near else f"; there are {', '.join(sorted(checks))}"
        wrong.append(entry.spot.says(f"there is no check '{entry.id}'{hint}"))
        return
    for name, (spot, value) in entry.settings.items():
        _check_setting(entry.id, name, spot, value, check.defaults, wrong)
    before = chosen.get(entry.id)
    after = _combined(before, entry)
    if after is None:
        wrong.append(entry.spot.says(f"'{entry.id}' needs severity: safety, error or warning"))
        return
    if before is not None and before.severity == "safety" and _looser(before, after):
        if not _signed(entry):
            wrong.append(
                entry.spot.says(
                    f"safety check '{entry.id}' is made looser without a signed reason; write "
                    "because: …, by: NAME and role: clinical"
                )
            )
            return
        after = replace(after, waived_by=f"{entry.by} ({entry.role}): {entry.because}")
    chosen[entry.id] = after


def _check_setting(
    check: str,
    name: str,
    spot: Spot,
    value: object,
    defaults: Mapping[str, object],
    wrong: list[str],
) -> None:
    if name not in defaults:
        near = get_close_matches(name, defaults, n=1)
        known = near or sorted(defaults)
        hint = f"; write {', '.join(known)}" if known else "; it has none"
        wrong.append(spot.says(f"'{check}' has no setting '{name}'{hint}"))
        return
    default = defaults[name]
    number = isinstance(default, int | float) and not isinstance(default, bool)
    fits = (
        isinstance(value, int | float) and not isinstance(value, bool)
        if number
        else isinstance(value, type(default))
    )
    if not fits:
        kinds = {dict: "a map", list: "a list", str: "a text", bool: "true or false"}
        kind = "a number" if number else kinds.get(type(default), type(default).__name__)
        wrong.append(spot.says(f"setting '{name}' of '{check}' must be {kind}"))


def _combined(before: Choice | None, entry: Entry) -> Choice | None:
    severity = entry.severity or (before.severity if before else None)
    if severity is None:
        return None
    threshold = before.threshold if before else Threshold()
    if entry.threshold is not None:
        threshold = Threshold(*entry.threshold)
    return Choice(
        entry.id,
        cast(SuiteSeverity, severity),
        threshold,
        {
            **(before.fields if before else {}),
            **{name: Threshold(*bounds) for name, bounds in entry.fields.items()},
        },
        {
            **(before.settings if before else {}),
            **{name: value for name, (_, value) in entry.settings.items()},
        },
        entry.off,
        before.waived_by if before else None,
    )


def _looser(before: Choice, after: Choice) -> bool:
    """Whether ``after`` may let through what ``before`` stops. Other settings count as looser:
    what a setting does to a check cannot be known here."""
    return (
        after.off
        or _WEIGHT[after.severity] < _WEIGHT[before.severity]
        or not after.threshold.within(before.threshold)
        or any(not after.fields[name].within(bound) for name, bound in before.fields.items())
        or dict(after.settings) != dict(before.settings)
    )


def _signed(entry: Entry) -> bool:
    return bool(entry.because and entry.by) and entry.role.strip().lower() in CLINICAL_ROLES
