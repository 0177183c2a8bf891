"""``each``: child rows inside a resource, as a relation of items that the outer row joins once."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.core.compile.build import Build
from migrate.core.compile.frame import Cell, Frame, Guard, Noted
from migrate.core.compile.joins import add_joins, required_states
from migrate.core.compile.plan import AS_PARENT, MERGED, NONE, REJECTED
from migrate.core.compile.rows import Rows, of_rows, of_table
from migrate.core.compile.sqltext import quoted, value
from migrate.core.compile.steps import RuleSteps
from migrate.core.compile.values import Built, Values
from migrate.core.profiles.ast import Column, Each


@dataclass(slots=True)
class Scope:
    """A compiled each: its rows, its table of items, and the scope around it."""

    rows: Rows
    frame: Frame
    role: str
    outer: Rows
    items: str = ""
    grouped: bool = False
    merged: int = 0
    noted: tuple[Noted, ...] = field(default=())


class Children:
    """Compiles the eaches of one rule; ``scopes`` has them, inner after outer ones."""

    def __init__(self, build: Build, steps: RuleSteps, rule: str, held_back: int) -> None:
        self.build = build
        self.steps = steps
        self.rule = rule
        self.held_back = held_back
        self.scopes: list[Scope] = []

    def each(self, node: Each, values: Values, path: str, guard: Guard | None) -> Built:
        """The items of an each as one text with commas, NULL where there are none."""
        outer = values.frame.rows
        rows, role = self._rows(node, outer, guard)
        add_joins(rows, node.joins)
        if node.where is not None:
            rows.filters.append(rows.condition(node.where))
        required_states(rows, node.joins)
        order = self._order(node, rows)
        window = f"PARTITION BY {rows.parent} ORDER BY {', '.join(text for text, _ in order)}"
        rows.resolve["_"] = lambda _name: f"(row_number() OVER ({window}))::VARCHAR"
        recorded = [f"{rows.record(text)} {end}" for text, end in order]
        if node.by:
            by = [rows.record(rows.resolve[""](name)) for name in node.by]
            rows.groups = (by, recorded)
        rows.name = self.build.fresh("rows")
        self.steps.later(rows.name, rows.select)
        frame = Frame(rows, "_i = _rid" if node.by else "")
        if node.by:
            frame.loop["position"] = Cell("CAST(_pos AS VARCHAR)")
        scope = Scope(rows, frame, role, outer, grouped=bool(node.by))
        scope.merged = self.build.outcome(MERGED, self.rule)
        self.scopes.append(scope)
        inner = Values(self.build, frame, self.each)
        built = inner.node(node.item, path, None)
        scope.items = self.build.fresh("items")
        self._finish(scope, built, recorded)
        return self._joined(values, scope, recorded, role)

    # --- the child rows ----------------------------------------------------------------------

    def _rows(self, node: Each, outer: Rows, guard: Guard | None) -> tuple[Rows, str]:
        if node.table == "members":
            return self._members(outer, guard), "member"
        rows = Rows(self.build, node.table, self.rule)
        rows.parent, rows.ident = "p._i", "row_number() OVER ()"
        rows.resolve = {"": of_table("a"), "parent": of_rows("p", outer)}
        if outer.groups is None:
            around = outer.name
        else:
            around = f"(SELECT * FROM {outer.name} WHERE _i = _rid)"
        if node.table == "merged":
            rows.table = self.build.profile.patients
            rows.sources = [
                f"away w JOIN stall.{quoted(rows.table)} a ON a._row = w._row "
                f"JOIN {around} p ON p._row = w._into"
            ]
            role = "merged"
        else:
            rows.sources = [f"st.{quoted(node.table)} a", self._matched(node, outer, around)]
            rows.states.append(("p._i IS NULL", str(self.held_back)))
            role = "child"
        self._outer_states(rows, "p", outer, guard)
        rows.identity = ["a._row", "p._i"]
        return rows, role

    def _matched(self, node: Each, outer: Rows, around: str | None) -> str:
        """The outer row of a child row; children of a merged patient go to the survivor."""
        patients = self.build.profile.patients
        key = self.build.profile.table(patients).key
        survivors, pairs = "", []
        for name, leaf in node.on:
            cell = f"a.{quoted(name)}"
            if outer.table == patients and self.build.has_patients and leaf == Column(key[0]):
                survivors = f"LEFT JOIN merge_map s ON s.old = {cell} "
                cell = f"coalesce(s.survivor, {cell})"
            pairs.append(f"{cell} = p.{outer.record(outer.leaf(leaf))}")
        return f"{survivors}LEFT JOIN {around} p ON {' AND '.join(pairs)}"

    def _members(self, outer: Rows, guard: Guard | None) -> Rows:
        """The rows of the group that the outer scope is; the first row stands for the group."""
        rows = Rows(self.build, outer.table, self.rule)
        rows.row, rows.ident, rows.parent = "g._row", "row_number() OVER ()", "g._rid"
        rows.sources = [f"{outer.name} g JOIN {outer.name} r ON r._i = g._rid"]
        rows.filters = ["g._s0 IS NULL"]
        rows.resolve = {
            source: of_rows("g", outer, source)
            for source in outer.resolve
            if source not in ("parent", "_")
        }
        rows.resolve["parent"] = of_rows("r", outer)
        rows.row_of = {alias: rows.record(f"g.{name}") for alias, name in outer.row_of.items()}
        self._outer_states(rows, "r", outer, guard)
        rows.identity = ["g._i"]
        return rows

    def _outer_states(self, rows: Rows, alias: str, outer: Rows, guard: Guard | None) -> None:
        rows.states.append((f"{alias}._s0 IS NOT NULL", str(AS_PARENT)))
        if guard is not None and guard.base:
            rows.states.append((f"NOT {alias}.{outer.record(guard.base)}", str(NONE)))

    def _order(self, node: Each, rows: Rows) -> list[tuple[str, str]]:
        """(SQL of the text to order by in the base, how) for a total order of the items."""
        own = rows.resolve[""]
        made: list[tuple[str, str]] = []
        for entry in (*node.order, *self.build.key(rows.table)):
            cell = own(entry.lstrip("#"))
            text = f"sortable({cell})" if entry.startswith("#") else cell
            if all(text != known for known, _ in made):
                made.append((text, "NULLS LAST"))
        return [*made, (rows.row, "")]

    # --- the items ---------------------------------------------------------------------------

    def _finish(self, scope: Scope, built: Built, order: list[str]) -> None:
        """The statement of the items: state, text, order, joined rows, and what to count."""
        frame = scope.frame
        state = frame.state()
        item = frame.put(
            f"CASE WHEN {state.expr} IS NULL THEN {built.fragment.expr} END",
            max(state.layer, built.layer),
        )
        outputs = [("_i", Cell("_i")), ("_p", Cell("_p")), ("_row", Cell("_row"))]
        outputs += [("_s", state), ("_item", item)]
        names = [entry.split()[0] for entry in order]
        outputs += [(f"o{n}", Cell(name)) for n, name in enumerate(names)]
        outputs += [(f"j{n}", Cell(j.row)) for n, j in enumerate(scope.rows.joined)]
        outputs += self.steps.counted(frame, scope.items, scope.rows.table)
        self.steps.later(scope.items, lambda: frame.select(outputs))

    def _joined(self, values: Values, scope: Scope, order: list[str], role: str) -> Built:
        ends = [" ".join(entry.split()[1:]) for entry in order]
        by = ", ".join(f"o{n} {end}".strip() for n, end in enumerate(ends))
        relation = self.build.fresh("list")
        sql = (
            f"SELECT _p, string_agg(_item, ',' ORDER BY {by}) AS items, count(*) AS n, "
            f"count(*) FILTER (_s IS NULL) AS ok FROM {scope.items} "
            f"WHERE _s IS DISTINCT FROM {AS_PARENT} AND _s IS DISTINCT FROM {NONE} GROUP BY _p"
        )
        self.steps.later(relation, lambda: sql)
        outputs = ["items", "n", "ok"] if role == "member" else ["items"]
        found = values.frame.lookup(relation, [("_p", "p._i")], outputs, 1)
        if role == "member":
            emptied = Cell(f"({found[1].expr} > 0 AND {found[2].expr} = 0)", found[2].layer)
            values.frame.fail(emptied, self.build.outcome(REJECTED, self.rule, "MAP016"))
        return Built(value(found[0].expr), found[0].layer)
