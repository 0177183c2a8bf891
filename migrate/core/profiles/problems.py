"""The mistakes of a profile, collected so that one reading reports them all."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from migrate.core.profiles.ast import Place

_NEAR = 60.0


def nearest(word: str, options: Iterable[str], cutoff: float = _NEAR) -> str | None:
    """The option that looks most like the word, if any does."""
    found = process.extractOne(
        word, sorted(options), scorer=fuzz.ratio, score_cutoff=cutoff, processor=str.lower
    )
    return None if found is None else found[0]


def choice(word: str, options: Iterable[str], shown: int = 12) -> str:
    """What to write instead: the nearest option, or the list of them."""
    known = list(options)
    near = nearest(word, known)
    if near is not None:
        return f"'{near}'"
    if not known:
        return "nothing here"
    more = f" … ({len(known)} in all)" if len(known) > shown else ""
    return "one of " + ", ".join(known[:shown]) + more


class Problems:
    """Mistakes as they are found; sorted by place when they are told."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str, str], str] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, code: str, place: Place, message: str, write: str) -> None:
        """Note a mistake: its PRO code, where it stands, what it is, and what to write."""
        self._found.setdefault((place, code, message), write)

    def first_code(self) -> str:
        """The code of the first mistake in reading order."""
        return self._sorted()[0][0][1]

    def lines(self) -> tuple[str, ...]:
        """``file:line:column: CODE message; write …``, in reading order."""
        return tuple(
            f"{place.file}:{place.line}:{place.column}: {code} {message}; write {write}"
            for (place, code, message), write in self._sorted()
        )

    def _sorted(self) -> list[tuple[tuple[Place, str, str], str]]:
        return sorted(
            self._found.items(),
            key=lambda item: (item[0][0].file, item[0][0].line, item[0][0].column, item[0][1:]),
        )
