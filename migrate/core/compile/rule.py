"""One rule → its statements: the resources it makes, and the state of every row it looked at."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.core.compile import sqltext
from migrate.core.compile.build import Build
from migrate.core.compile.cells import message
from migrate.core.compile.each import Children, Scope
from migrate.core.compile.frame import Cell, Frame
from migrate.core.compile.joins import add_joins, required_states
from migrate.core.compile.plan import EXCLUDED, MAPPED, MERGED, NONE, PARTS, REJECTED
from migrate.core.compile.references import rule_number
from migrate.core.compile.rows import Rows, labels, of_table
from migrate.core.compile.sqltext import Fragment, Text, Value, json_string, literal, quoted
from migrate.core.compile.steps import RuleSteps
from migrate.core.compile.values import Built, Values
from migrate.core.profiles.ast import (
    Column,
    ColumnLoop,
    Each,
    First,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    ResourceRule,
)

#: Rows of a table from which on the text of resources is made apart from their states.
MANY_ROWS = 600_000
_BEFORE_SOURCE = ("id", "extension", "versionId", "lastUpdated")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule's statements and what the fates need: its relations and outcome numbers.

    ``lines`` is the SELECT of (_part, _id, _text) of its resources, with :data:`PARTS` where a
    condition on the partition may stand.
    """

    rule: ResourceRule
    steps: RuleSteps
    rows: Rows
    relation: str
    lines: str
    children: tuple[Scope, ...]
    mapped: int
    merged: int
    held_back: int
    twin: int | None


def compile_rule(
    build: Build, rule: ResourceRule, twins: tuple[str, ...] = (), *, early: bool = False
) -> CompiledRule:
    """Compile a rule. ``twins`` are relations of earlier rules that may make the same ids;
    ``early`` passes (order.passes) have relations of their own."""
    steps = RuleSteps(rule.name)
    rows = _rows(build, rule, steps)
    held_back = build.outcome(REJECTED, rule.name, "MAP016")
    _conditions(rows, rule)
    number = f"{rule_number(build, rule.name)}{'_early' if early else ''}"
    relation = f"made_rows_{number}"
    if rule.group is not None or has_each(rule.body):
        _materialise(build, rows, rule, steps, number)
    frame = Frame(rows, "_i = _rid AND _s0 IS NULL" if rule.group is not None else "")
    children = Children(build, steps, rule.name, held_back)
    values = Values(build, frame, children.each)
    identity = _identity(build, frame, rule)
    body = _body(build, values, rule, identity["_id"])
    twin = None
    if twins:
        twin = build.outcome(REJECTED, rule.name, "MAP013")
        made = " UNION ALL ".join(f"SELECT _id FROM {name} WHERE _s IS NULL" for name in twins)
        found = frame.put(f"{identity['_id'].expr} IN ({made})", identity["_id"].layer)
        frame.fail(found, twin)
    apart = _apart(build, rule) and not early
    _finish(rule, steps, frame, relation, identity, body, apart=apart)
    lines = f"SELECT _part, _id, _text FROM {relation} m WHERE _s IS NULL {PARTS}"
    return CompiledRule(
        rule,
        steps,
        rows,
        relation,
        _late_lines(frame, relation, identity, body) if apart else lines,
        tuple(children.scopes),
        build.outcome(MAPPED, rule.name),
        build.outcome(MERGED, rule.name),
        held_back,
        twin,
    )


# --- rows ------------------------------------------------------------------------------------


def _rows(build: Build, rule: ResourceRule, steps: RuleSteps) -> Rows:
    rows = Rows(build, rule.table, rule.name)
    rows.resolve[""] = of_table("a")
    rows.identity = ["a._row"]
    source = f"st.{quoted(rule.table)}"
    if rule.table == build.profile.patients:
        source = f"(SELECT * FROM {source} ANTI JOIN away USING (_row))"
    if rule.pivot is not None:
        rows.entries = build.fresh("entries")
        source = _pivoted(build, rule, steps, source, rows.entries)
    if rule.unpivot is not None:
        source = _unpivoted(rows, rule, source)
    rows.sources = [f"{source} a"]
    add_joins(rows, rule.joins)
    return rows


def _unpivoted(rows: Rows, rule: ResourceRule, source: str) -> str:
    """Each row once a column; ``_k`` says which, and what ``_.`` names follows from it."""
    assert rule.unpivot is not None
    columns = rule.unpivot.columns

    def loop(name: str) -> str:
        if name == "value":
            cells = [f"a.{quoted(column)}" for column, _ in columns]
        elif name == "name":
            cells = [literal(column) for column, _ in columns]
        else:
            cells = [_constant(dict(constants).get(name)) for _, constants in columns]
        branches = " ".join(f"WHEN {n} THEN {cell}" for n, cell in enumerate(cells, start=1))
        return f"(CASE a._k {branches} END)"

    rows.resolve["_"] = loop
    rows.identity = ["a._row", "a._k"]
    rows.filters.append(f"{loop('value')} IS NOT NULL")
    return f"(SELECT *, unnest(range(1, {len(columns) + 1})) AS _k FROM {source})"


def _constant(text: str | None) -> str:
    return "NULL" if text is None else literal(text)


def _pivoted(build: Build, rule: ResourceRule, steps: RuleSteps, source: str, entries: str) -> str:
    """One row an entity: the first filled value of each listed attribute, by the table's key."""
    assert rule.pivot is not None
    pivot = rule.pivot
    by = ", ".join(quoted(name) for name in pivot.by)
    name, value = quoted(pivot.name), quoted(pivot.value)
    order = ", ".join(build.order_by(rule.table, ()))
    listed = ", ".join(literal(text) for text, _ in pivot.attributes)
    first = f"OVER (PARTITION BY {by}, {name} ORDER BY {value} IS NULL, {order})"
    steps.later(
        entries,
        lambda: (
            f"SELECT *, first_value(_row) OVER (PARTITION BY {by} ORDER BY {order}) AS _rid, "
            f"first_value({value}) {first} AS _first, row_number() {first} AS _n "
            f"FROM {source} WHERE {name} IN ({listed})"
        ),
    )
    cells = ", ".join(
        f"max(CASE WHEN {name} = {literal(text)} THEN {value} END) AS {quoted(column)}"
        for text, column in pivot.attributes
    )
    keys = ", ".join(f"any_value({quoted(k)}) AS {quoted(k)}" for k in pivot.by)
    return f"(SELECT _rid AS _row, {keys}, {cells} FROM {entries} WHERE _n = 1 GROUP BY _rid)"


def _conditions(rows: Rows, rule: ResourceRule) -> None:
    """where → exclude → required joins → reject."""
    build = rows.build
    if rule.where is not None:
        condition = rows.condition(rule.where)
        if has_each(rule.body):
            # Child rows of a row that is not the rule's business are no orphans: keep it.
            rows.states.append((f"NOT {condition}", str(NONE)))
        else:
            rows.filters.append(condition)
    for reason in rule.excludes:
        number = build.outcome(EXCLUDED, rule.name, None, reason.because)
        rows.states.append((rows.condition(reason.when), str(number)))
    required_states(rows, rule.joins)
    for reason in rule.rejects:
        columns = labels([reason.when])
        number = build.outcome(REJECTED, rule.name, "MAP015", reason.because, None, columns)
        rows.states.append((rows.condition(reason.when), str(number)))


def _materialise(
    build: Build, rows: Rows, rule: ResourceRule, steps: RuleSteps, number: str
) -> None:
    rows.ident = "a._row" if rule.unpivot is None else "row_number() OVER ()"
    if rule.group is not None:
        by = [rows.recorded(Column(name)) for name in rule.group.by]
        order = []
        for entry in (*rule.group.order, *build.key(rule.table)):
            cell = rows.column(Column(entry.lstrip("#")))
            text = f"sortable({cell})" if entry.startswith("#") else cell
            order.append(f"{rows.record(text)} NULLS LAST")
        rows.groups = (by, [*order, "_row"])
    rows.name = f"rows_of_{number}"
    steps.later(rows.name, rows.select)


# --- the resource ----------------------------------------------------------------------------


def _identity(build: Build, frame: Frame, rule: ResourceRule) -> dict[str, Cell]:
    """``_id``, ``_part`` and ``_pid`` as cells."""
    constants = [build.profile.system, rule.table]
    cells: list[str] = []
    if rule.unpivot is not None:
        column = frame.column(Column("name", "_")).expr
        cells.append(f"({literal(rule.slot)} || {column})")
    else:
        constants.append(rule.slot)
    if rule.group is not None:
        key: tuple[str, ...] = rule.group.by
    elif rule.pivot is not None:
        key = rule.pivot.by
    else:
        key = build.key(rule.table)
    cells += [frame.column(Column(name)).expr for name in key]
    if rule.group is None and rule.pivot is None and build.keyless(rule.table):
        cells.append(f"CAST({frame.rows.recorded(Column('_ordinal'))} AS VARCHAR)")
    digest = frame.put(f"keyed_digest({message(constants, cells)})", 1)
    resource = frame.put(f"id_of({digest.expr})", digest.layer)
    own = Cell(f"partition_of({digest.expr})", digest.layer)
    leaf = rule.patient or _table_patient(build, rule)
    if leaf is None or not build.has_patients:
        return {"_id": resource, "_part": own, "_pid": Cell("NULL::VARCHAR")}
    key_text = Cell(frame.rows.record(frame.rows.leaf(leaf)))
    patient, part = frame.lookup("patient_ids", [("k", key_text.expr)], ["_pid", "_part"], 1)
    layer = max(own.layer, part.layer)
    either = Cell(f"coalesce({part.expr}, {own.expr})", layer)
    return {"_id": resource, "_part": either, "_pid": patient}


def _table_patient(build: Build, rule: ResourceRule) -> Leaf | None:
    column = build.profile.table(rule.table).patient
    return Column(column) if column else None


def _body(build: Build, values: Values, rule: ResourceRule, resource: Cell) -> Built:
    """The whole line: resourceType, id, meta with its source, the rule's elements, line end."""
    members: list[Built] = [Built(sqltext.constant(f'"resourceType":{json_string(rule.type)}'))]
    line = (Text('"id":"'), Value(resource.expr), Text('"'))
    members.append(Built(Fragment(line, (resource.expr,), always=True), resource.layer))
    source = f'"source":{json_string(f"urn:ehr-migrate:{build.profile.system}:{rule.table}")}'
    meta = next((n for name, n in rule.body.members if name == "meta"), ObjectNode("Meta", ()))
    assert isinstance(meta, ObjectNode)
    inside, required = values.members(meta, "meta", None)
    place = sum(1 for name, _ in meta.members if name in _BEFORE_SOURCE)
    inside.insert(place, Built(sqltext.constant(source)))
    layer = max(built.layer for built in inside)
    whole = sqltext.resource_of([b.fragment for b in inside])
    members.append(Built(sqltext.member("meta", whole), layer))
    rest = tuple((name, node) for name, node in rule.body.members if name != "meta")
    built, more = values.members(ObjectNode(rule.type, rest), "", None)
    values.require([*required, *more], None)
    members += built
    layer = max(entry.layer for entry in members)
    return Built(sqltext.line_of([entry.fragment for entry in members]), layer)


def _finish(
    rule: ResourceRule,
    steps: RuleSteps,
    frame: Frame,
    relation: str,
    identity: dict[str, Cell],
    body: Built,
    *,
    apart: bool,
) -> None:
    state = frame.state()
    text = Cell(body.fragment.expr, max(state.layer, body.layer))
    if frame.failures or frame.rows.stated:
        text = Cell(f"CASE WHEN {state.expr} IS NULL THEN {text.expr} END", text.layer)
    outputs = [("_i", Cell("_i"))] if frame.rows.ident is not None else []
    outputs += [("_row", Cell("_row")), *identity.items(), ("_s", state)]
    outputs += [] if apart else [("_text", text)]
    outputs += [(f"j{n}", Cell(joined.row)) for n, joined in enumerate(frame.rows.joined)]
    outputs += steps.counted(frame, relation, rule.table)
    stated = frame.rows.stated and has_each(rule.body)
    where = f"_s0 IS DISTINCT FROM {NONE}" if stated else ""
    steps.later(relation, lambda: frame.select(outputs, where))


def _apart(build: Build, rule: ResourceRule) -> bool:
    """Whether the lines are made apart from the states of the rows: the text of many rows does
    not fit in memory, and it is cheaper to compute twice than to write, read, sort, write and
    read again. Only for rules without a shape, whose rows are found again by their number."""
    table = build.tables.get(rule.table)
    plain = rule.group is None and rule.unpivot is None and rule.pivot is None
    return plain and not has_each(rule.body) and table is not None and table.rows > MANY_ROWS


def _late_lines(frame: Frame, relation: str, identity: dict[str, Cell], body: Built) -> str:
    """The lines of the rows that became resources, some partitions at a time."""
    outputs = [("_part", Cell("made_part")), ("_id", Cell("made_id"))]
    return frame.select(
        [*outputs, ("_text", Cell(body.fragment.expr, body.layer))],
        beside=f"JOIN {relation} m ON m._row = b._row WHERE m._s IS NULL {PARTS}",
        given={identity["_id"].expr: "made_id"},
    )


def has_each(node: Node) -> bool:
    """Whether child rows go into this node."""
    if isinstance(node, Each):
        return True
    if isinstance(node, ObjectNode):
        return any(has_each(child) for _, child in node.members)
    if isinstance(node, ListNode):
        return any(has_each(child) for child in node.items)
    if isinstance(node, First):
        return any(has_each(child) for child in node.alternatives)
    return isinstance(node, ColumnLoop) and has_each(node.item)
