"""What import desks do to data: each kind damages some rows of one file of a package."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Row = dict[str, str]


@dataclass(slots=True)
class Damage:
    """A damaged file. ``ours`` are rows (0..) of the package that did not arrive as they were;
    ``more`` is how many rows came that were not handed over."""

    file: str
    rows: list[Row]
    ours: set[int]
    more: int = 0


Tables = Mapping[str, list[Row]]
Fault = Callable[[Tables, random.Random], Damage]
_MANY = 3


def _copy(tables: Tables, file: str) -> list[Row]:
    return [dict(row) for row in tables[file]]


def _edit(
    file: str, column: str, change: Callable[[str, random.Random], str], numeric: bool = False
) -> Fault:
    """Some cells of a column, each changed to something else."""

    def fault(tables: Tables, rng: random.Random) -> Damage:
        rows = _copy(tables, file)
        able = [
            n
            for n, row in enumerate(rows)
            if row[column] and _other(row[column], change(row[column], random.Random(n)), numeric)
        ]
        chosen = rng.sample(able, min(_MANY, len(able)))
        for n in chosen:
            rows[n][column] = change(rows[n][column], random.Random(n))
        return Damage(file, rows, set(chosen))

    return fault


def _other(before: str, after: str, numeric: bool) -> bool:
    return float(before) != float(after) if numeric else before.strip() != after.strip()


def _cut_after(tables: Tables, rng: random.Random) -> Damage:
    rows = _copy(tables, "results")
    keep = rng.randrange(len(rows) // 2, len(rows) - 1)
    return Damage("results", rows[:keep], set(range(keep, len(rows))))


def _some_dropped(tables: Tables, rng: random.Random) -> Damage:
    rows = _copy(tables, "problems")
    gone = set(rng.sample(range(len(rows)), _MANY))
    return Damage("problems", [row for n, row in enumerate(rows) if n not in gone], gone)


def _twice(file: str) -> Fault:
    def fault(tables: Tables, rng: random.Random) -> Damage:
        rows = _copy(tables, file)
        again = [dict(rows[n]) for n in rng.sample(range(len(rows)), _MANY)]
        return Damage(file, rows + again, set(), _MANY)

    return fault


def _patients_doubled(tables: Tables, rng: random.Random) -> Damage:
    rows = _copy(tables, "demographics")
    for n in rng.sample(range(len(rows)), _MANY):
        rows.append(rows[n] | {"old_id": f"NEW{n:06d}", "record_id": f"new{n}"})
    return Damage("demographics", rows, set(), _MANY)


def _stranger(tables: Tables, rng: random.Random) -> Damage:
    rows = _copy(tables, "demographics")
    rows.append(dict.fromkeys(rows[0], "") | {"old_id": "TEST1", "last_name": "Testpatient"})
    rng.shuffle(rows)
    return Damage("demographics", rows, set(), 1)


def _other_persons(file: str, column: str) -> Fault:
    """A value taken from another row: the wrong provider, the wrong patient."""

    def fault(tables: Tables, rng: random.Random) -> Damage:
        rows = _copy(tables, file)
        values = sorted({row[column] for row in rows if row[column]})
        chosen = rng.sample([n for n, row in enumerate(rows) if row[column]], _MANY)
        for n in chosen:
            rows[n][column] = rng.choice([value for value in values if value != rows[n][column]])
        return Damage(file, rows, set(chosen))

    return fault


def _exchanged(file: str, one: str, other: str) -> Fault:
    """Two columns in each other's place."""

    def fault(tables: Tables, rng: random.Random) -> Damage:
        rows = _copy(tables, file)
        chosen = rng.sample([n for n, row in enumerate(rows) if row[one] != row[other]], _MANY)
        for n in chosen:
            rows[n][one], rows[n][other] = rows[n][other], rows[n][one]
        return Damage(file, rows, set(chosen))

    return fault


def _filled(file: str, column: str, value: str) -> Fault:
    """Empty cells filled with a default."""

    def fault(tables: Tables, rng: random.Random) -> Damage:
        rows = _copy(tables, file)
        chosen = rng.sample([n for n, row in enumerate(rows) if not row[column]], _MANY)
        for n in chosen:
            rows[n][column] = value
        return Damage(file, rows, set(chosen))

    return fault


def _shifted(tables: Tables, rng: random.Random) -> Damage:
    rows = _copy(tables, "insurance")
    chosen = rng.sample(range(len(rows)), _MANY)
    names = list(rows[0])[2:]
    for n in chosen:
        values = [rows[n][name] for name in names]
        rows[n] |= dict(zip(names, [values[-1], *values[:-1]], strict=True))
    return Damage("insurance", rows, set(chosen))


def _day_and_month(text: str, _: random.Random) -> str:
    return re.sub(r"^(\d\d)/(\d\d)/", r"\2/\1/", text)


def _hour_later(text: str, _: random.Random) -> str:
    return re.sub(r" (\d\d):", lambda m: f" {(int(m[1]) + 1) % 24:02d}:", text)


def _mangled(text: str, _: random.Random) -> str:
    raw = text.replace("a", "á", 1) if text.isascii() else text
    return raw.encode().decode("latin-1").replace("\x85", " ").replace("\xa0", " ")


def _tenth(text: str, _: random.Random) -> str:
    return str(round(float(text) / 10, 3))


FAULTS: dict[str, Fault] = {
    "rows cut off after so many": _cut_after,
    "some rows dropped": _some_dropped,
    "text cut": _edit("medications", "sig", lambda text, _: text[:12]),
    "day and month exchanged": _edit("demographics", "date_of_birth", _day_and_month),
    "leading zeros lost": _edit("immunizations", "cvx", lambda text, _: text.lstrip("0") or "0"),
    "patients doubled under a new number": _patients_doubled,
    "patients imported twice": _twice("demographics"),
    "rows imported twice": _twice("allergies"),
    "wrong provider": _other_persons("visits", "provider_npi"),
    "in another patient's chart": _other_persons("allergies", "patient_id"),
    "closed items reopened": _edit("problems", "status", lambda _t, _r: "active"),
    "stopped medicines active again": _edit("medications", "status", lambda _t, _r: "active"),
    "refusals become vaccines given": _edit("immunizations", "status", lambda _t, _r: "completed"),
    "unit dropped": _edit("results", "unit", lambda _t, _r: ""),
    "decimals rounded": _edit("immunizations", "dose", lambda t, _: str(round(float(t))), True),
    "dose a tenth": _edit("medications", "dose", _tenth, True),
    "letters mangled": _edit("medications", "drug", _mangled),
    "time of day lost": _edit("visits", "start", lambda text, _: text[:10]),
    "an hour later": _edit("appointments", "start", _hour_later),
    "start and end exchanged": _exchanged("medications", "start_date", "end_date"),
    "names exchanged": _exchanged("demographics", "first_name", "last_name"),
    "balance without its sign or cents": _edit(
        "balances", "balance", lambda text, _: text.split(".")[0].lstrip("-"), True
    ),
    "code without its last part": _edit("problems", "icd10", lambda t, _: t.split(".")[0]),
    "empty cells get a default": _filled("medications", "end_date", "01/20/2026"),
    "long numbers as 1.2E+9": _edit("visits", "provider_npi", lambda t, _: f"{float(t):.3E}"),
    "words in capitals": _edit("problems", "problem", lambda text, _: text.upper()),
    "cells moved by one column": _shifted,
    "a patient who is not ours": _stranger,
}
