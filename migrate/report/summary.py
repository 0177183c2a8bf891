"""Can we go live: one sentence, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrate.core.gate import Finding
from migrate.report import words
from migrate.report.facts import ReportFacts

_LOST = frozenset({"MAP030", "REC016", "REC017"})
_MONEY = frozenset({"REC011", "REC015"})
_CONTROLS = frozenset({"REC010", "REC012", "REC013"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The page's answer: a word or two, whether it is good news, and the sentence."""

    title: str
    good: bool
    sentence: str


def verdict(facts: ReportFacts) -> Verdict:
    """Can we go live, or did it arrive: in the practice's words."""
    if facts.edition == "after":
        return _arrival(facts)
    if facts.gate.ready:
        sentence = words.READY_SENTENCE.format(reasons=_joined(_good(facts)))
        return Verdict(words.READY, True, sentence + words.DOUBT[facts.sheet.completeness])
    blocked = facts.gate.blocked_by
    reasons = _joined(_bad(blocked))
    text = words.NOT_READY_ONE if len(blocked) == 1 else words.NOT_READY_SENTENCE
    return Verdict(words.NOT_READY, False, text.format(count=len(blocked), reasons=reasons))


def _arrival(facts: ReportFacts) -> Verdict:
    sheet = facts.sheet
    made = sum(line.mapped for line in sheet.resources)
    counts = {
        "made": f"{made:,}",
        "missing": f"{made - sum(line.loaded or 0 for line in sheet.resources):,}",
        "unread": f"{made - sum(line.read_back or 0 for line in sheet.resources):,}",
        "problems": f"{len(facts.gate.blocked_by):,}",
    }
    through = sheet.balanced_through
    if through == "verify" and facts.gate.ready:
        return Verdict(words.MATCHED, True, words.MATCHED_SENTENCE.format(**counts))
    if not sheet.reached_verify and through == "load":
        return Verdict(words.LOADED, False, words.LOADED_SENTENCE.format(**counts))
    if through in ("load", "verify"):
        return Verdict(words.NOT_MATCHED, False, words.NOT_MATCHED_SENTENCE.format(**counts))
    return Verdict(words.NOT_LOADED, False, words.NOT_LOADED_SENTENCE.format(**counts))


def _good(facts: ReportFacts) -> list[str]:
    passed = sum(1 for check in facts.checks if check["verdict"] == "pass")
    failed = sum(1 for check in facts.checks if check["verdict"] == "fail")
    reasons = []
    if not facts.sheet.totals.residual:
        reasons.append(words.READY_ROWS.format(rows=f"{facts.sheet.totals.extracted:,}"))
    if facts.sheet.money and not any(line.map_difference for line in facts.sheet.money):
        reasons.append(words.READY_MONEY)
    if passed and not failed:
        reasons.append(words.READY_CHECKS.format(passed=passed))
    accepted = len(facts.gate.accepted)
    if accepted == 1:
        reasons.append(words.READY_ACCEPTED_ONE)
    elif accepted:
        reasons.append(words.READY_ACCEPTED.format(count=accepted))
    return reasons


def _bad(blocked: Sequence[Finding]) -> list[str]:
    safety = [f for f in blocked if f.severity == "safety"]
    rest = [f for f in blocked if f.severity != "safety"]
    rows = [f for f in rest if f.code.startswith(("MAP", "EXT")) and f.code not in _LOST]
    lost = [f for f in rest if f.code in _LOST]
    money = [f for f in rest if f.code in _MONEY]
    controls = [f for f in rest if f.code in _CONTROLS]
    checks = [f for f in rest if f.code.startswith("CHK") or "." in f.code]
    known = (*rows, *lost, *money, *controls, *checks)
    other = [f for f in rest if f not in known]
    parts = (
        (words.REASON_SAFETY, len(safety)),
        (words.REASON_LOST, _rows(lost)),
        (words.REASON_MONEY, len(money)),
        (words.REASON_ROWS, _rows(rows)),
        (words.REASON_CONTROLS, len(controls)),
        (words.REASON_CHECKS, len(checks)),
        (words.REASON_OTHER, len(other)),
    )
    return [
        words.REASON_ONE[text] if count == 1 else text.format(count=f"{count:,}")
        for text, count in parts
        if count
    ]


def _rows(findings: Iterable[Finding]) -> int:
    return sum(finding.count for finding in findings)


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {words.AND} {parts[-1]}"
