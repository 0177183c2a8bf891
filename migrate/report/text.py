"""The reconciliation summary as plain lines, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrate.report import words

Row = Sequence[object]


def reconciliation_lines(document: Mapping[str, Any]) -> list[str]:
    """A published reconciliation (DESIGN: command line) as lines: tables, money, controls.

    Numbers stand to the right, a stage not reached is a dash; where a scope rule leaves charts
    behind, their records and money have a column. Names come from the export, so
    control characters in them are shown as ``?``.
    """
    tables = [t for t in document["tables"] if t["extracted"] or t["residual"]]
    lines = aligned(words.TEXT_TABLES, [_table_row(table) for table in [*tables, _total(tables)]])
    made = document["resources"]
    lines += ["", *_with_later(words.TEXT_RESOURCES, [_resource_row(r) for r in made], made)]
    lines += ["", _patients(document["patients"])]
    if document["money"]:
        money = document["money"]
        lines += ["", *_with_later(words.TEXT_MONEY, [_money_row(m) for m in money], money)]
    lines += ["", *_controls(document["controls"])]
    lines += ["", words.BALANCED[document["balanced_through"]]]
    return lines


def changes_lines(changes: Mapping[str, Any]) -> list[str]:
    """Two runs compared (``compare --json``) as lines: counts, findings by what became of them,
    tables, money and checks that differ, and how far there is to go."""
    before, after = changes["before"], changes["after"]
    header = ("", before["run"], after["run"])
    rows = [(title, before[name], after[name]) for name, title in words.HISTORY.items()]
    lines = aligned(header, rows)
    for name, title in words.CHANGE_TITLES.items():
        found = changes[name]
        if found:
            lines += ["", f"{title} ({len(found)})"]
            lines += [_finding_line(finding) for finding in found]
    if changes["tables"]:
        lines += [
            "",
            *aligned(words.TEXT_CHANGED_TABLES, [_pair_row(t) for t in changes["tables"]]),
        ]
    lines += [
        words.TEXT_CHANGED.format(name=shown(line[key]), before=old, after=new)
        for part, key, value in (("money", "measure", "difference"), ("checks", "id", "failed"))
        for line in changes[part]
        for old, new in [map(shown, line[value])]
    ]
    to_go = changes["to_go"]
    return [
        *lines,
        "",
        words.TO_GO.format(
            findings=shown(to_go["findings"]),
            safety=shown(to_go["safety"]),
            held=shown(to_go["held_back"]),
        ),
    ]


def _finding_line(finding: Mapping[str, Any]) -> str:
    count = shown(finding["count"])
    if "before" in finding:
        count = words.FROM_TO.format(before=shown(finding["before"]), after=count)
    where = words.WHERE_COUNT.format(where=shown(finding["where"]), count=count)
    return f"  {finding['code']}  {shown(finding['message'])} {where}"


def _pair_row(table: Mapping[str, Any]) -> Row:
    return (table["table"], *table["extracted"], *table["excluded"], *table["rejected"])


def aligned(header: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """A table of text: the first column to the left, the others to the right."""
    texts = [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [list(header), *texts]
    ]


def shown(value: object) -> str:
    """A value as a terminal may show it."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return "".join(c if c.isprintable() else "?" for c in str(value))


def _table_row(table: Mapping[str, Any]) -> Row:
    names = ("extracted", "mapped", "merged", "excluded", "rejected", "residual")
    return (table["table"], *(table[name] for name in names))


def _total(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = ("extracted", "mapped", "merged", "excluded", "rejected", "residual")
    sums = {name: sum(table[name] for table in tables) for name in names}
    return {"table": words.TEXT_TOTAL, **sums}


def _resource_row(line: Mapping[str, Any]) -> Row:
    return (line["type"], line["mapped"], line["loaded"], line["read_back"])


def _money_row(line: Mapping[str, Any]) -> Row:
    names = ("source", "mapped", "left_behind", "map_difference", "loaded", "load_difference")
    return (f"{line['measure']} ({line['currency']})", *(grouped(line[name]) for name in names))


def _with_later(
    header: Sequence[str], rows: Sequence[Row], lines: Sequence[Mapping[str, Any]]
) -> list[str]:
    """A table, with a column of what charts left behind carry where there are any."""
    if not any("later" in line for line in lines):
        return aligned(header, rows)
    found = [line.get("later") for line in lines]
    later = [grouped(one) if isinstance(one, str) else one for one in found]
    wider = [(*row, one) for row, one in zip(rows, later, strict=True)]
    return aligned([*header, words.TEXT_LATER], wider)


def grouped(amount: str | None) -> str | None:
    """An amount with thousands commas.

    >>> grouped("-3541940.43")
    '-3,541,940.43'
    """
    if amount is None:
        return None
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, _, cents = digits.partition(".")
    return f"{sign}{int(whole):,}.{cents}"


def _patients(line: Mapping[str, Any]) -> str:
    parts = {name: shown(line[name]) for name in line}
    return words.TEXT_PATIENTS.format(**parts)


def _controls(controls: Sequence[Mapping[str, Any]]) -> list[str]:
    if not controls:
        return [words.NOT_PROVEN]
    off = [line for line in controls if line["extracted"] is None or _differs(line)]
    agree = words.TEXT_CONTROLS.format(agree=len(controls) - len(off), total=len(controls))
    rows = [(c["name"], c["old_report"], c["extracted"], c["difference"]) for c in off]
    return [agree, *(aligned(words.TEXT_CONTROL_HEADER, rows) if rows else [])]


def _differs(line: Mapping[str, Any]) -> bool:
    return line["difference"] not in (0, "0.00")
