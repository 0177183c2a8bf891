"""Nodes of a map → JSON text, as layers of a scope's statement ("Values" of the language page)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from migrate.core.compile import sqltext
from migrate.core.compile.build import Build
from migrate.core.compile.convert import (
    DATES,
    VERBATIM,
    Converted,
    constant_token,
    convert,
)
from migrate.core.compile.frame import Cell, Frame, Guard, Noted
from migrate.core.compile.plan import REJECTED
from migrate.core.compile.rows import label, leaf_literal
from migrate.core.compile.sqltext import Fragment, Part, Text, Value, literal, reason_extension
from migrate.core.profiles.ast import (
    Column,
    ColumnLoop,
    Constant,
    Context,
    CrosswalkValue,
    Each,
    First,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    ReferenceValue,
    Scalar,
    Sql,
    TransformCall,
)


@dataclass(frozen=True, slots=True)
class Built:
    """JSON text of a node, and the first layer in which its expression may stand."""

    fragment: Fragment
    layer: int = 1

    @property
    def cell(self) -> Cell:
        """The expression as a cell."""
        return Cell(self.fragment.expr, self.layer)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A required member that the data may lack, and the condition that it is there."""

    path: str
    node: Node
    there: Cell


class Values:
    """Compiles the nodes of one scope."""

    def __init__(
        self,
        build: Build,
        frame: Frame,
        each: Callable[[Each, Values, str, Guard | None], Built],
    ) -> None:
        self.build = build
        self.frame = frame
        self._each = each

    # --- nodes -------------------------------------------------------------------------------

    def node(self, node: Node, path: str, guard: Guard | None) -> Built:
        """The JSON text of any node; NULL where it is absent or its guard does not hold."""
        if isinstance(node, Scalar):
            return self._scalar(node, path, guard)
        if isinstance(node, CrosswalkValue):
            return self._crosswalk(node, path, guard)
        if isinstance(node, ReferenceValue):
            return self._reference(node, path, guard)
        if isinstance(node, ObjectNode):
            return self._object(node, path, guard)
        if isinstance(node, ListNode):
            return self._list(node, path, guard)
        if isinstance(node, First):
            return self._first(node, path, guard)
        if isinstance(node, ColumnLoop):
            return self._columns(node, path, guard)
        return self._each(node, self, path, guard)

    def member(self, name: str, node: Node, path: str, guard: Guard | None) -> Built:
        """``"name":value`` of an object; a primitive's reason stands at ``"_name"``."""
        place = f"{path}.{name}" if path else name
        built = self.node(node, place, guard)
        reason = _primitive_reason(node)
        if reason is None:
            return Built(sqltext.member(name, built.fragment), built.layer)
        extension = reason_extension(reason)
        if isinstance(node, ListNode):
            extension = f"[{extension}]"
        inside = self._narrowed(getattr(node, "when", None), guard)
        head, instead = literal(f'"{name}":'), literal(f'"_{name}":{extension}')
        text = f"coalesce({head} || ({built.fragment.expr}), {instead})"
        return self._masked(self._column(text, built.layer), inside)

    # --- conditions --------------------------------------------------------------------------

    def _narrowed(self, when: Sql | None, guard: Guard | None) -> Guard | None:
        """The guard inside a node with this ``when``."""
        if when is None:
            return guard
        rows = self.frame.rows
        base = None
        if not any(c.source == "_" for c in when.columns):
            base = rows.condition(when)
            if guard is not None:
                base = f"({guard.base} AND {base})" if guard.base else None
        text, layer = self._sql(when)
        text = f"coalesce(CAST({text} AS BOOLEAN), false)"
        conditions = [c for c in (self.frame.looked_at(), guard.cell.expr if guard else None) if c]
        if conditions:
            text = f"CASE WHEN {' AND '.join(conditions)} THEN {text} ELSE false END"
        layer = max(layer, guard.cell.layer if guard else 1)
        return Guard(self.frame.put(text, layer), base)

    def _sql(self, sql: Sql) -> tuple[str, int]:
        cells = [self.frame.column(column) for column in sql.columns]
        text = f"({sql.text.format(*(cell.expr for cell in cells))})"
        return text, max([cell.layer for cell in cells], default=1)

    def _masked(self, built: Built, guard: Guard | None) -> Built:
        if guard is None:
            return built
        text = f"CASE WHEN {guard.cell.expr} THEN {built.fragment.expr} END"
        return self._column(text, max(built.layer, guard.cell.layer))

    def _column(self, text: str, layer: int) -> Built:
        """JSON text as a column of its own."""
        cell = self.frame.put(text, layer)
        return Built(sqltext.value(cell.expr), cell.layer)

    # --- texts -------------------------------------------------------------------------------

    def leaf(self, leaf: Leaf, guard: Guard | None) -> Cell:
        """A leaf's text as a cell; NULL where it is empty or the guard does not hold."""
        conditions = [guard.cell.expr] if guard else []
        layer = guard.cell.layer if guard else 1
        if isinstance(leaf, Sql):
            text, at = self._sql(leaf)
            text = f"clean(CAST({text} AS VARCHAR))"
            layer = max(layer, at)
            looked_at = self.frame.looked_at()
            conditions += [looked_at] if looked_at else []
        elif isinstance(leaf, Column):
            cell = self.frame.column(leaf)
            if guard is None:
                return cell
            text, layer = cell.expr, max(layer, cell.layer)
        else:
            text = leaf_literal(leaf)
        if conditions:
            text = f"CASE WHEN {' AND '.join(conditions)} THEN {text} END"
        return self.frame.put(text, layer)

    def text(
        self, leaf: Leaf, calls: tuple[TransformCall, ...], guard: Guard | None, *, trim: bool
    ) -> Cell:
        """A leaf's text after its transforms, trimmed where the type wants that."""
        cell = self.leaf(leaf, guard)
        for call in calls:
            arguments = "".join(f", {literal(text)}" for text in call.arguments)
            text = f"clean(t_{call.name}({cell.expr}{arguments}))"
            cell = self.frame.put(f"CASE WHEN {cell.expr} IS NOT NULL THEN {text} END", cell.layer)
        return self.frame.put(f"trimmed({cell.expr})", cell.layer) if trim else cell

    # --- primitives --------------------------------------------------------------------------

    def _scalar(self, node: Scalar, path: str, guard: Guard | None) -> Built:
        guard = self._narrowed(node.when, guard)
        if isinstance(node.leaf, Constant) and not node.transforms:
            built = Built(sqltext.constant(constant_token(node.fhir_type, node.leaf.text)))
            return self._masked(built, guard) if node.when is not None else built
        frame, kind = self.frame, node.fhir_type
        text = self.text(node.leaf, node.transforms, guard, trim=kind not in VERBATIM)
        column = label(node.leaf)
        if isinstance(node.leaf, Context) and kind in DATES:
            shown = f"{text.expr}[:10]" if kind == "date" else text.expr
            return self._column(f"'\"' || {shown} || '\"'", text.layer)
        if kind in DATES and node.placeholders:
            listed = ", ".join(literal(entry) for entry in node.placeholders)
            found = frame.put(f"{text.expr} IN ({listed})", text.layer)
            frame.noted.append(Noted("MAP022", column, found))
            text = frame.put(f"CASE WHEN NOT {found.expr} THEN {text.expr} END", found.layer)
        done = convert(self.build, frame, node, text)
        self._could_fail(node, path, column, text, done)
        return Built(sqltext.value(done.token.expr), done.token.layer)

    def _could_fail(
        self, node: Scalar, path: str, column: str, text: Cell, done: Converted
    ) -> None:
        if done.code is None:
            return
        failed = f"{text.expr} IS NOT NULL AND {done.token.expr} IS NULL"
        cell = Cell(f"({failed})", done.token.layer)
        if node.on_error == "omit":
            self.frame.noted.append(Noted("MAP023", column, cell))
        else:
            self._reject(cell, done.code, path, column)

    def _reject(self, when: Cell, code: str, path: str, column: str) -> None:
        rule = self.frame.rows.rule
        self.frame.fail(when, self.build.outcome(REJECTED, rule, code, None, path, column))

    # --- crosswalks and references -----------------------------------------------------------

    def _crosswalk(self, node: CrosswalkValue, path: str, guard: Guard | None) -> Built:
        frame = self.frame
        guard = self._narrowed(node.when, guard)
        text = self.text(node.leaf, node.transforms, guard, trim=True)
        relation = self.build.crosswalk(node.crosswalk)
        found, value = frame.lookup(
            relation, [("source", text.expr)], ["source", node.gives], text.layer
        )
        column = label(node.leaf)
        missed = f"{text.expr} IS NOT NULL AND {found.expr} IS NULL"
        source = Cell(f"CASE WHEN {missed} THEN {text.expr} END", found.layer)
        frame.noted.append(Noted("MAP012", column, source, node.crosswalk, node.on_unmapped))
        if node.on_unmapped == "reject":
            self._reject(Cell(f"({missed})", found.layer), "MAP012", path, column)
        elif node.on_unmapped == "keep-text":
            frame.noted.append(Noted("MAP021", column, Cell(f"({missed})", found.layer)))
            if node.gives == "text":
                kept = f"CASE WHEN {missed} THEN json_text({text.expr}) ELSE {value.expr} END"
                value = frame.put(kept, found.layer)
        built = Built(sqltext.value(value.expr), value.layer)
        if node.absent is not None and node.gives == "coding":
            return self._reasoned(built, node.absent, guard)
        return built

    def _reasoned(self, built: Built, reason: str, guard: Guard | None) -> Built:
        text = f"coalesce({built.fragment.expr}, {literal(reason_extension(reason))})"
        return self._masked(self._column(text, built.layer), guard)

    def _reference(self, node: ReferenceValue, path: str, guard: Guard | None) -> Built:
        from migrate.core.compile.references import find_reference

        guard = self._narrowed(node.when, guard)
        found = find_reference(self, node, guard)
        if node.optional:
            lost = Cell(f"({found.missing.expr} OR {found.held.expr})", found.held.layer)
            self.frame.noted.append(Noted("MAP020", found.column, lost))
        else:
            self._reject(found.missing, "MAP010", path, found.column)
            self._reject(found.held, "MAP011", path, found.column)
        head, end = Text('{"reference":"'), Text('"}')
        parts: tuple[Part, ...] = (head, Value(found.ref.expr), end)
        layer = found.ref.layer
        if node.display is not None:
            shown = self.node(node.display, f"{path}.display", guard)
            layer = max(layer, shown.layer)
            cell = self.frame.put(f"',\"display\":' || ({shown.fragment.expr})", layer)
            layer = cell.layer
            shown_where = f"CASE WHEN {found.ref.expr} IS NOT NULL THEN {cell.expr} END"
            parts = (head, Value(found.ref.expr), Text('"'), Value(shown_where), Text("}"))
        built = Built(Fragment(parts, (found.ref.expr,)), layer)
        return self._reasoned(built, node.absent, guard) if node.absent else built

    # --- shapes ------------------------------------------------------------------------------

    def _object(self, node: ObjectNode, path: str, guard: Guard | None) -> Built:
        inside = self._narrowed(node.when, guard)
        members, required = self.members(node, path, inside)
        layer = max([built.layer for built in members], default=1)
        built = Built(sqltext.object_of([m.fragment for m in members]), layer)
        if node.when is not None:
            built = self._masked(built, inside)
        if required:
            holder = None
            if not built.fragment.always:
                holder = Cell(built.fragment.there, built.layer)
            self.require(required, holder, inside)
        return self._reasoned(built, node.absent, inside) if node.absent else built

    def members(
        self, node: ObjectNode, path: str, guard: Guard | None
    ) -> tuple[list[Built], list[Lacking]]:
        """The members of an object, and those it requires that the data may lack."""
        members, required = [], []
        for name, child in node.members:
            built = self.member(name, child, path, guard)
            fragment = built.fragment
            if getattr(child, "required", False) and not fragment.always:
                place = f"{path}.{name}" if path else name
                required.append(Lacking(place, child, Cell(fragment.there, built.layer)))
                built = Built(replace(fragment, sure=True), built.layer)
            members.append(built)
        return members, required

    def require(
        self, required: list[Lacking], holder: Cell | None, guard: Guard | None = None
    ) -> None:
        """MAP001 where an object is there and lacks what it requires."""
        for lacking in required:
            conditions = [f"NOT ({lacking.there.expr})"]
            layer = lacking.there.layer
            if holder is not None:
                conditions.insert(0, f"({holder.expr})")
                layer = max(layer, holder.layer)
            elif guard is not None:
                conditions.insert(0, guard.cell.expr)
                layer = max(layer, guard.cell.layer)
            node = lacking.node
            column = label(node.leaf) if isinstance(node, Scalar | CrosswalkValue) else ""
            when = Cell(f"({' AND '.join(conditions)})", layer)
            self._reject(when, "MAP001", lacking.path, column)

    def _list(self, node: ListNode, path: str, guard: Guard | None) -> Built:
        items = [self.node(item, path, guard) for item in node.items]
        layer = max([item.layer for item in items], default=1)
        return Built(sqltext.list_of([item.fragment for item in items]), layer)

    def _first(self, node: First, path: str, guard: Guard | None) -> Built:
        cells: list[Cell] = []
        for alternative in node.alternatives:
            built = self.node(alternative, path, guard)
            built = self._masked(built, guard) if built.fragment.constant is not None else built
            cell = self.frame.put(built.fragment.expr, built.layer)
            cells.append(cell)
            empty = f"{cell.expr} IS NULL"
            layer = cell.layer
            if guard is not None:
                empty, layer = f"{guard.cell.expr} AND {empty}", max(layer, guard.cell.layer)
            guard = Guard(self.frame.put(empty, layer))
        layer = max(cell.layer for cell in cells)
        text = f"coalesce({', '.join(cell.expr for cell in cells)})"
        built = self._column(text, layer)
        if node.absent is not None and not _is_primitive(node):
            return self._reasoned(built, node.absent, None)
        return built

    def _columns(self, node: ColumnLoop, path: str, guard: Guard | None) -> Built:
        items: list[Cell] = []
        outer = self.frame.loop
        for position, name in enumerate(node.columns, start=1):
            cell = self.frame.column(Column(name))
            base = f"({self.frame.rows.column(Column(name))} IS NOT NULL)"
            filled, layer = f"{cell.expr} IS NOT NULL", cell.layer
            if guard is not None:
                filled, layer = f"{guard.cell.expr} AND {filled}", max(layer, guard.cell.layer)
                base = f"({guard.base} AND {base})" if guard.base else ""
            inside = Guard(self.frame.put(filled, layer), base or None)
            self.frame.loop = {
                **outer,
                "value": cell,
                "position": Cell(literal(str(position))),
                "name": Cell(literal(name)),
            }
            built = self._masked(self.node(node.item, path, inside), inside)
            items.append(self.frame.put(built.fragment.expr, built.layer))
        self.frame.loop = outer
        layer = max(cell.layer for cell in items)
        joined = f"concat_ws(',', {', '.join(cell.expr for cell in items)})"
        return self._column(f"nullif({joined}, '')", layer)


def _is_primitive(node: Node) -> bool:
    if isinstance(node, First):
        return any(_is_primitive(entry) for entry in node.alternatives)
    if isinstance(node, CrosswalkValue):
        return node.gives in ("code", "text")
    return isinstance(node, Scalar)


def _primitive_reason(node: Node) -> str | None:
    """The data-absent-reason of a primitive element, or of a list of primitives."""
    if isinstance(node, ListNode):
        reasons = [getattr(item, "absent", None) for item in node.items if _is_primitive(item)]
        return next((reason for reason in reasons if reason), None)
    return getattr(node, "absent", None) if _is_primitive(node) else None
