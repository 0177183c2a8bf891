"""Planted differences: lines of the sheet that are shown wrong on purpose, to measure attention.

They exist in the sheet alone. The resource, the source rows and everything that is loaded stay
as they are, and the reviewer sees the true line as soon as the planted one was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from migrate.core.review.compare import CHANGED, SAME, Element
from migrate.core.review.sampling import chance

_OPPOSITES = {
    "active": "inactive",
    "inactive": "active",
    "resolved": "active",
    "completed": "stopped",
    "stopped": "active",
    "confirmed": "refuted",
    "final": "entered-in-error",
    "male": "female",
    "female": "male",
    "mild": "severe",
    "moderate": "mild",
    "severe": "mild",
}
_DAY = re.compile(r"^(\d{3})(\d)(-.*)?$")
_DIGITS = re.compile(r"\d+")


def planted(elements: Sequence[Element], seed: str) -> tuple[int, str] | None:
    """Which line to show wrong, and how: (position, shown value). None when none is fit.

    Fit are lines whose true value stands in the source too, so that a reader can notice.
    """
    fit = [
        (n, shown)
        for n, element in enumerate(elements)
        if element.state in (SAME, CHANGED) and (shown := falsified(element)) is not None
    ]
    return fit[chance(seed, "line") % len(fit)] if fit else None


def falsified(element: Element) -> str | None:
    """A line's value with a plausible mistake in it; None when there is none to make."""
    value, kind = element.line.value, element.line.kind
    word = value.split(" ", 1)[0]
    if word in _OPPOSITES:
        return value.replace(word, _OPPOSITES[word], 1)
    if kind == "date" and (day := _DAY.match(value)):
        digit = int(day[2])
        return f"{day[1]}{digit - 1 if digit else 1}{day[3] or ''}"
    if kind == "number" or (kind == "plain" and element.line.path.startswith("dosage")):
        return _other_number(value)
    return None


def _other_number(value: str) -> str | None:
    number = _DIGITS.search(value)
    if number is None:
        return None
    digits = number[0]
    turned = digits[1] + digits[0] + digits[2:] if len(digits) > 1 else str((int(digits) + 1) % 10)
    if turned == digits or turned.startswith("0"):
        turned = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    return value[: number.start()] + turned + value[number.end() :]
