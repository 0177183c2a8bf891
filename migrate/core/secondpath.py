"""The second path: facts of a chart, recomputed from staged rows by SQL beside the profile.

A file ``second-path.sql`` holds ``CREATE MACRO second.name(…)`` and ``CREATE VIEW second.name``
statements over ``staged.<table>``, written without a look at the profile. The check pack compares
each view with what it reads out of the FHIR output (guide, page 'second-path').
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

SCHEMA = "second"
_SOURCES = ("staged", SCHEMA)
# Functions by which a SELECT could read files, the machine, or text as a query.
_OUTSIDE = ("read_", "parquet_", "sniff_", "glob", "query", "getenv", "current_setting", "duckdb_")


@dataclass(frozen=True, slots=True)
class Definition:
    """One statement: ``name`` of the view or macro, its SQL, and the staged tables that it reads.

    ``needs`` are names without their schema; where the export lacks one, the view is left out.
    """

    name: str
    sql: str
    needs: frozenset[str]
    view: bool


def read_definitions(text: str, path: str) -> tuple[tuple[Definition, ...], tuple[str, ...]]:
    """The definitions of a file, and its mistakes with their place (``path:line``)."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        places = getattr(error, "errors", None) or [{}]
        return (), (f"{path}:{places[0].get('line', 1)}: the SQL cannot be read",)
    found: list[Definition] = []
    wrong: list[str] = []
    for number, statement in enumerate(filter(None, statements), 1):
        mistake = _mistake(statement)
        if mistake is None:
            found.append(_definition(statement))
        else:
            wrong.append(f"{path}: statement {number}: {mistake}")
    names = [definition.name for definition in found]
    wrong += [
        f"{path}: '{name}' is defined twice" for name in sorted(set(names)) if names.count(name) > 1
    ]
    return tuple(found), tuple(wrong)


def _mistake(statement: exp.Expr) -> str | None:
    from sqlglot import exp

    if not isinstance(statement, exp.Create) or statement.kind not in ("VIEW", "MACRO"):
        return "only CREATE VIEW second.… and CREATE MACRO second.… may stand here"
    made = statement.find(exp.Table)
    if made is None or made.db != SCHEMA:
        return "what is defined must be in the schema 'second'"
    inside = {cte.alias for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if table is made:
            continue
        if isinstance(table.this, exp.Func):
            return "a table function may not be used"
        if table.db not in _SOURCES and not (table.db == "" and table.name in inside):
            return f"'{table.name}' is neither a table of 'staged' nor defined here"
    for call in statement.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if name.startswith(_OUTSIDE):
            return f"the function '{name}' may not be used"
    return None


def _definition(statement: exp.Expr) -> Definition:
    from sqlglot import exp

    made = statement.find(exp.Table)
    assert made is not None
    tables = [table for table in statement.find_all(exp.Table) if table is not made]
    needs = frozenset(table.name for table in tables if table.db == "staged")
    seen = frozenset(f"{SCHEMA}.{table.name}" for table in tables if table.db == SCHEMA)
    return Definition(
        made.name,
        statement.sql(dialect="duckdb", comments=False),
        needs | seen,
        statement.args["kind"] == "VIEW",
    )
