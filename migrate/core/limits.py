"""Limits signed with a signature: within them a later export loads without a new one.

A person signs on Friday; the last export comes on Sunday. The signature holds for it while the
later export changes no more charts than was agreed, brings no unmapped code that was not known,
no safety finding that was not seen, and the money ties out as it did. Everything that a signature
binds beside the export itself must be as it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """At most ``patients`` charts (and as many shared records) may differ from what was signed.

    ``safety``: accepted safety findings by 'code where' with their counts, and ``money``:
    differences by measure, both as they were when it was signed.
    """

    patients: int
    safety: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The sealed form."""
        return {
            "patients": self.patients,
            "safety": dict(self.safety),
            "money": dict(self.money),
        }

    def words(self) -> str:
        """For the statement that is signed."""
        return (
            f"this also holds for a later export that changes at most {self.patients:,} charts, "
            "brings no new unmapped code and no new safety finding, and whose money ties out"
        )


def limits_of(document: object) -> Limits | None:
    """The limits of their sealed form, None for none. Raises ValueError for another form."""
    if document is None:
        return None
    if not isinstance(document, Mapping) or not isinstance(document.get("patients"), int):
        raise ValueError("no limits")
    safety, money = document.get("safety", {}), document.get("money", {})
    return Limits(
        document["patients"],
        {str(name): int(count) for name, count in safety.items()},
        {str(name): str(amount) for name, amount in money.items()},
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """What a later export's run is like, held against the signed one.

    ``charts`` and ``shared`` differ from what was signed; ``undecided`` resources are gone
    without a rule; ``codes`` are unmapped codes that the signed run did not have; ``money`` has
    the differences that are not zero; ``other`` are words about anything else that is not as it
    was signed.
    """

    charts: int
    shared: int = 0
    undecided: int = 0
    codes: int = 0
    safety: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()


def breaches(limits: Limits, seen: Observed) -> list[str]:
    """Which limits a later export leaves, in words; empty when the signature holds for it."""
    found = list(seen.other)
    if seen.charts > limits.patients:
        found.append(f"{seen.charts:,} charts differ, {limits.patients:,} may")
    if seen.shared > limits.patients:
        found.append(f"{seen.shared:,} shared records differ, {limits.patients:,} may")
    if seen.undecided:
        found.append(
            f"{seen.undecided:,} loaded records are gone from the export, and no rule says what "
            "becomes of them"
        )
    if seen.codes:
        found.append(f"{seen.codes:,} unmapped codes are new")
    for name, count in sorted(seen.safety.items()):
        if count > limits.safety.get(name, 0):
            found.append(
                f"safety finding {name}: {count:,}, signed were {limits.safety.get(name, 0):,}"
            )
    for name, amount in sorted(seen.money.items()):
        if amount != limits.money.get(name):
            found.append(f"money does not tie out: {name}")
    return found
