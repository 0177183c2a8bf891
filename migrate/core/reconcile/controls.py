"""The old system's own totals: what the practice typed, and what in the export answers to it.

``controls.csv`` of a project holds what people read off the old system's screens and reports
(``name,value,as_of,note``). ``controls.yml`` beside a profile says which rows of the export
each name is about::

    controls:
      patients {status}:
        table: patients
        by: {status: "lower(status)"}
      visits {year}:
        table: encounters
        where: "voided is null"
        by: {year: {year_of: visit_date}}
      accounts receivable:
        add:
          - {table: charges, sum: amount}
          - {table: payments, sum: amount, sign: -1}

A name in braces stands for any text; it must equal what ``by`` gives for a row. A total counts
rows, distinct values of a column (``distinct``), or adds a column up (``sum``); ``add`` adds
several such parts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from migrate.core.reconcile.amounts import read_amount

COLUMNS = ("name", "value", "as_of", "note")
DATE_PARTS = ("year_of", "month_of", "date_of")
_HOLE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """One line of ``controls.csv``. ``money``: it was written with cents or a currency sign."""

    name: str
    value: Decimal
    as_of: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that a total counts (``sum`` and ``distinct`` None) or adds up.

    ``by`` pairs a hole of the name with an SQL text, or with (date part, column).
    """

    table: str
    where: str | None = None
    sum: str | None = None
    distinct: str | None = None
    by: tuple[tuple[str, str | tuple[str, str]], ...] = ()
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Binding:
    """A name pattern and the parts of the export that answer to it."""

    pattern: str
    parts: tuple[Part, ...]

    @property
    def holes(self) -> tuple[str, ...]:
        """The names in braces, in order."""
        return tuple(_HOLE.findall(self.pattern))

    @property
    def money(self) -> bool:
        """Whether it adds amounts up."""
        return any(part.sum for part in self.parts)

    def match(self, name: str) -> tuple[str, ...] | None:
        """The texts that stand in the holes when the name fits, else None."""
        pieces = _HOLE.split(self.pattern)
        expression = "".join(
            "(.+?)" if i % 2 else r"\s+".join(map(re.escape, piece.split(" ")))
            for i, piece in enumerate(pieces)
        )
        found = re.fullmatch(expression, name.strip(), re.IGNORECASE)
        return found.groups() if found else None


def bound(bindings: Sequence[Binding], name: str) -> tuple[Binding, tuple[str, ...]] | None:
    """The first binding that fits a name, plain names before patterns."""
    for binding in sorted(bindings, key=lambda binding: len(binding.holes)):
        texts = binding.match(name)
        if texts is not None:
            return binding, texts
    return None


def read_totals(text: str) -> tuple[tuple[ControlTotal, ...], tuple[str, ...]]:
    """``controls.csv`` → totals, and what is wrong with it (line and column names only)."""
    lines = (line + "\n" for line in text.removeprefix("\ufeff").split("\n"))
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]
    if missing:
        return (), tuple(f"line 1: no column '{name}'" for name in missing)
    totals: list[ControlTotal] = []
    wrong: list[str] = []
    for line in reader:
        name, value = (line["name"] or "").strip(), (line["value"] or "").strip()
        if (not name and not value) or name.startswith("#"):
            continue
        amount = read_amount(value)
        if not name:
            wrong.append(f"line {reader.line_num}: no name")
        elif amount is None:
            wrong.append(f"line {reader.line_num}: value is not a number")
        elif name in {total.name for total in totals}:
            wrong.append(f"line {reader.line_num}: this name stands there already")
        else:
            notes = (line.get("as_of") or "").strip(), (line.get("note") or "").strip()
            totals.append(ControlTotal(name, amount, *notes))
    return tuple(totals), tuple(wrong)


def read_bindings(text: str, file: str) -> tuple[tuple[Binding, ...], tuple[str, ...]]:
    """``controls.yml`` → bindings, and all that is wrong with it, with file and name."""
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        return (), (f"{file}{line}: not readable YAML",)
    section = document.get("controls") if isinstance(document, dict) else None
    if not isinstance(section, dict) or set(document) != {"controls"}:
        return (), (f"{file}: one key is needed, 'controls', with a map below it",)
    bindings: list[Binding] = []
    wrong: list[str] = []
    for pattern, body in section.items():
        mistakes: list[str] = []
        binding = _binding(str(pattern), body, mistakes)
        wrong += [f"{file}: control '{pattern}': {mistake}" for mistake in mistakes]
        if not mistakes:
            bindings.append(binding)
    return tuple(bindings), tuple(wrong)


def check_bindings(
    bindings: Iterable[Binding], columns: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Unknown tables and columns of bindings, as far as they are not inside SQL."""
    wrong = []
    for binding in bindings:
        for part in binding.parts:
            known = columns.get(part.table)
            if known is None:
                wrong.append(f"control '{binding.pattern}': no table '{part.table}' in the export")
                continue
            named = [part.sum, part.distinct]
            named += [how[1] for _, how in part.by if isinstance(how, tuple)]
            wrong += [
                f"control '{binding.pattern}': table '{part.table}' has no column '{name}'"
                for name in named
                if name and name not in known
            ]
    return tuple(wrong)


def _binding(pattern: str, body: object, wrong: list[str]) -> Binding:
    if isinstance(body, dict) and "add" in body:
        items = body["add"]
        if set(body) != {"add"} or not isinstance(items, list) or not items:
            wrong.append("'add' takes a list of parts and stands alone")
            items = []
    else:
        items = [body]
    parts = tuple(_part(item, wrong) for item in items)
    binding = Binding(pattern, parts)
    for part in parts:
        names = {name for name, _ in part.by}
        if names != set(binding.holes):
            wrong.append("'by' must give each name in braces, and no other")
    if len({part.sum is None for part in parts}) > 1:
        wrong.append("either all parts have 'sum' or none")
    return binding


def _part(body: object, wrong: list[str]) -> Part:
    if not isinstance(body, dict):
        wrong.append("a map with 'table' is needed")
        return Part("")
    unknown = set(body) - {"table", "where", "sum", "distinct", "by", "sign"}
    wrong += [f"unknown word '{word}'" for word in sorted(map(str, unknown))]
    if not isinstance(body.get("table"), str):
        wrong.append("'table' is missing")
    if body.get("sum") and body.get("distinct"):
        wrong.append("'sum' and 'distinct' do not go together")
    if body.get("sign", 1) not in (1, -1):
        wrong.append("'sign' is 1 or -1")
    by = body.get("by") or {}
    if not isinstance(by, dict):
        wrong.append("'by' takes a map of name: SQL, or name: {year_of: column}")
        by = {}
    return Part(
        str(body.get("table", "")),
        None if body.get("where") is None else str(body["where"]),
        None if body.get("sum") is None else str(body["sum"]),
        None if body.get("distinct") is None else str(body["distinct"]),
        tuple((str(name), _by(how, wrong)) for name, how in by.items()),
        -1 if body.get("sign") == -1 else 1,
    )


def _by(how: object, wrong: list[str]) -> str | tuple[str, str]:
    if isinstance(how, str):
        return how
    if isinstance(how, dict) and len(how) == 1:
        (part, column), *_ = how.items()
        if part in DATE_PARTS and isinstance(column, str):
            return (str(part), column)
    wrong.append(f"'by' takes SQL text or one of {', '.join(DATE_PARTS)} with a column")
    return ""
