"""``explain``: an issue code in words, a resource's sources, or what became of a source row."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core import issues
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.core.issues import IssueCode
    from migrate.core.ports import Facts
    from migrate.store.workspace import Run

_CODE = re.compile(r"^[A-Za-z]{3}\d{3}$")
_RESOURCE = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})$")
_ROW = re.compile(r"^(.+):(\d+)$")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found: title and lines for people, ``document`` for scripts."""

    title: str
    lines: tuple[str, ...]
    facts: dict[str, object]

    def document(self) -> dict[str, object]:
        """The published form."""
        return {"explains": self.title} | self.facts


def code(name: str) -> Explanation:
    """An issue code. Raises AskedWrongly with the nearest codes."""
    known = issues.catalogue()
    entry = known.get(name.upper())
    if entry is None:
        near = difflib.get_close_matches(name.upper(), known, 3, 0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "codes look like MAP012"
        raise AskedWrongly("PRJ009", f"there is no issue code {name.upper()}", try_=hint)
    lines = (entry.means, f"What to do: {entry.do}")
    facts: dict[str, object] = {
        "code": entry.code,
        "title": entry.title,
        "severity": entry.severity,
        "means": entry.means,
        "do": entry.do,
    }
    return Explanation(f"{entry.code}: {entry.title} ({entry.severity})", lines, facts)


def all_codes() -> tuple[IssueCode, ...]:
    """The whole catalogue."""
    return tuple(issues.catalogue().values())


def is_code(text: str) -> bool:
    """Whether a text has the form of an issue code."""
    return bool(_CODE.match(text))


def address(run: Run, text: str) -> Explanation:
    """``TYPE/ID`` or ``FILE:ROW`` (also ``TABLE:ROW``). Raises AskedWrongly for neither."""
    from migrate.engine.facts import open_facts

    resource, row = _RESOURCE.match(text), _ROW.match(text)
    if resource:
        return _resource(open_facts(run.folder), resource[1], resource[2])
    if row:
        return _source_row(open_facts(run.folder), row[1], int(row[2]))
    raise AskedWrongly(
        "PRJ009",
        "explain takes an issue code, TYPE/ID or FILE:ROW",
        try_="ehr-migrate explain MAP012, explain Patient/r0…, or explain problems.csv:17",
    )


def _resource(facts: Facts, kind: str, identity: str) -> Explanation:
    found = facts.sql(
        "SELECT tbl, row, rule, role FROM run.lineage WHERE type = ? AND id = ? ORDER BY 4, 1, 2",
        [kind, identity],
    ).to_pylist()
    if not found:
        raise AskedWrongly(
            "PRJ009",
            "no resource of this type and id was made in this run",
            try_="ehr-migrate status for the runs; name another with --run",
        )
    for entry in found:
        entry["file"], entry["at"] = _place(facts, entry["tbl"], entry["row"])
    lines = tuple(
        f"{e['role']}: {e['tbl']} row {e['row']} ({e['file']}, line {e['at']}), rule {e['rule']}"
        for e in found
    )
    return Explanation(f"{kind}/{identity} was made from", lines, {"sources": found})


def _source_row(facts: Facts, name: str, row: int) -> Explanation:
    table = _table_of(facts, name)
    fates = facts.sql(
        "SELECT fate, code, reason, rule FROM run.fates WHERE tbl = ? AND row = ?", [table, row]
    ).to_pylist()
    made = facts.sql(
        "SELECT type, id, rule, role FROM run.lineage WHERE tbl = ? AND row = ? ORDER BY 1, 2",
        [table, row],
    ).to_pylist()
    lines = [
        ": ".join(str(part) for part in (e["fate"], e["code"], e["reason"]) if part) for e in fates
    ] or ["no fate: unaccounted for, or rejected when it was read (see rejects/extract)"]
    lines += [f"{e['type']}/{e['id']} ({e['role']}, rule {e['rule']})" for e in made]
    return Explanation(
        f"{table} row {row}", tuple(lines), {"table": table, "fates": fates, "resources": made}
    )


def _table_of(facts: Facts, name: str) -> str:
    tables = facts.sql("SELECT tbl FROM run.staged_tables ORDER BY 1").column("tbl").to_pylist()
    if name in tables:
        return name
    for table in tables:
        files = facts.sql(f'SELECT DISTINCT _file FROM staged."{table}"').column(0).to_pylist()
        if any(file == name or file.rsplit("/", 1)[-1] == name for file in files):
            return str(table)
    near = difflib.get_close_matches(name, tables, 3, 0.5)
    raise AskedWrongly(
        "PRJ009",
        "no staged table or file has this name",
        try_=f"did you mean {', '.join(near)}?" if near else "ehr-migrate scan lists the tables",
    )


def _place(facts: Facts, table: str, row: int) -> tuple[str | None, str | None]:
    if not facts.has(f"staged.{table}"):
        return None, None
    found = facts.sql(f'SELECT _file, _at FROM staged."{table}" WHERE _row = ?', [row]).to_pylist()
    return (found[0]["_file"], found[0]["_at"]) if found else (None, None)
