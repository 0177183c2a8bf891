"""From nodes to JSON text ("Values")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrate.core.profiles.ast import (
    ColumnLoop,
    Constant,
    CrosswalkEntry,
    CrosswalkValue,
    Each,
    First,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    Profile,
    ReferenceValue,
    Scalar,
)
from migrate.core.profiles.objects import DATA_ABSENT_REASON
from migrate.testing.interpreter import conversion
from migrate.testing.interpreter.children import Children
from migrate.testing.interpreter.places import Place, Reader, column_of
from migrate.testing.interpreter.pointing import Pointing
from migrate.testing.interpreter.texts import WHITE, json_object, json_string
from migrate.testing.interpreter.trace import Miss, Note, Trace
from migrate.testing.interpreter.walking import Numbering


@dataclass(frozen=True, slots=True)
class Given:
    """What stands at an element: its JSON text (None: nothing), whether anything of it is not
    constant, and whether the text is the data-absent-reason of a primitive element."""

    text: str | None
    real: bool = True
    reason: bool = False


NOTHING = Given(None)


def reason_object(reason: str) -> str:
    """The JSON object that stands in for a value that is not there."""
    url, code = json_string(DATA_ABSENT_REASON), json_string(reason)
    return f'{{"extension":[{{"url":{url},"valueCode":{code}}}]}}'


class Values:
    """Evaluates nodes."""

    def __init__(
        self,
        profile: Profile,
        reader: Reader,
        children: Children,
        pointing: Pointing,
        numbering: Numbering,
    ) -> None:
        self._reader = reader
        self._children = children
        self._pointing = pointing
        self._numbering = numbering
        self._constant: dict[int, tuple[bool, Node]] = {}
        self._crosswalks: dict[str, dict[str, list[CrosswalkEntry]]] = {}
        for crosswalk in profile.crosswalks:
            lines = self._crosswalks.setdefault(crosswalk.name, {})
            for entry in crosswalk.entries:
                lines.setdefault(entry.source, []).append(entry)

    def is_constant(self, node: Node) -> bool:
        """Whether a node says something whatever the row: constants, lists with one of them,
        objects of nothing else."""
        known = self._constant.get(id(node))
        if known is None:
            known = self._constant[id(node)] = (self._judge_constant(node), node)
        return known[0]

    def _judge_constant(self, node: Node) -> bool:
        if isinstance(node, Scalar):
            return isinstance(node.leaf, Constant) and node.when is None
        if isinstance(node, ObjectNode):
            return node.when is None and all(self.is_constant(part) for _, part in node.members)
        if isinstance(node, ListNode):
            return any(self.is_constant(part) for part in node.items)
        return False

    def value(self, node: Node, place: Place, trace: Trace) -> Given:
        """What stands at the element here; failures go to the trace."""
        if isinstance(node, ListNode):
            return self._list(node, place, trace)
        if isinstance(node, First):
            return self._first(node, place, trace)
        if isinstance(node, Each | ColumnLoop):
            raise TypeError(f"{type(node).__name__} gives list items and stands only in a list")
        if not self._reader.holds(node.when, place):
            given = NOTHING
        elif isinstance(node, Scalar):
            given = self._scalar(node, place, trace)
        elif isinstance(node, ObjectNode):
            given = self._object(node, place, trace)
        elif isinstance(node, CrosswalkValue):
            given = self._crosswalk(node, place, trace)
        else:
            given = self._reference(node, place, trace)
        if given.text is None and node.absent is not None and self._reader.holds(node.when, place):
            return Given(reason_object(node.absent), reason=_primitive(node))
        return given

    def _scalar(self, node: Scalar, place: Place, trace: Trace) -> Given:
        text = self._reader.text(node.leaf, place, node.transforms)
        if isinstance(node.leaf, Constant):
            token = None if text is None else conversion.constant_token(node.fhir_type, text)
            return Given(token, real=node.when is not None)
        if text is None:
            return NOTHING
        text = conversion.trimmed(node.fhir_type, text)
        if conversion.is_placeholder(node, text):
            trace.notes.append(self._note("MAP022", node.leaf, place))
            return NOTHING
        token = conversion.token(node, text)
        if token is None and node.on_error == "omit":
            trace.notes.append(self._note("MAP023", node.leaf, place))
        elif token is None:
            trace.fail(conversion.failure_code(node.fhir_type), self._numbering.after(node))
        return Given(token)

    def members(self, node: ObjectNode, place: Place, trace: Trace) -> dict[str, str]:
        """The members of a whole resource by name; what it requires is required always."""
        own = [(name, part) for name, part in node.members if name != "meta"]
        written, _, missing = self._members(own, place, trace)
        if missing:
            trace.fail("MAP001", self._numbering.after(node))
        return written

    def meta(self, node: ObjectNode, place: Place, trace: Trace) -> dict[str, str]:
        """The members of a resource's ``meta``, which is always there."""
        found = dict(node.members).get("meta")
        return (
            self._members(found.members, place, trace)[0] if isinstance(found, ObjectNode) else {}
        )

    def _members(
        self, members: Iterable[tuple[str, Node]], place: Place, trace: Trace
    ) -> tuple[dict[str, str], bool, bool]:
        """The members that are there, whether one of them is not constant, and whether a
        required one is missing."""
        written: dict[str, str] = {}
        real = missing = False
        for name, part in members:
            before = len(trace.failures)
            given = self.value(part, place, trace)
            if given.text is not None:
                written["_" * given.reason + name] = given.text
                real = real or given.real
            elif _required(part) and len(trace.failures) == before:
                missing = True
        return written, real, missing

    def _object(self, node: ObjectNode, place: Place, trace: Trace) -> Given:
        written, real, missing = self._members(node.members, place, trace)
        constant = all(self.is_constant(part) for _, part in node.members)
        if not written or not (real or constant):
            return NOTHING
        if missing:
            trace.fail("MAP001", self._numbering.after(node))
        return Given(json_object(written), real or node.when is not None)

    def _list(self, node: ListNode, place: Place, trace: Trace) -> Given:
        items: list[Given] = []
        for part in node.items:
            if isinstance(part, Each):
                items += self._each(part, place, trace)
            elif isinstance(part, ColumnLoop):
                items += self._columns(part, place, trace)
            elif isinstance(part, CrosswalkValue) and part.gives == "codings":
                items += self._codings(part, place, trace)
            else:
                items.append(self.value(part, place, trace))
        there = [given for given in items if given.text is not None]
        found = [given for given in there if not given.reason] or there[:1]
        if not found:
            return NOTHING
        text = "[" + ",".join(given.text or "" for given in found) + "]"
        return Given(text, any(given.real for given in found), found[0].reason)

    def _each(self, node: Each, place: Place, trace: Trace) -> list[Given]:
        items = []
        looked_at = kept = 0
        for inner, child in self._children.places(node, place):
            given = NOTHING if child.failures else self.value(node.item, inner, child)
            looked_at += 1
            if child.failures:
                trace.dropped(child, inner, node)
            else:
                kept += 1
                items.append(given)
                trace.hold(node, inner.row)
                trace.take_in(child)
        if node.table == "members" and looked_at and not kept:
            trace.fail("MAP016", self._numbering.after(node))
        return items

    def _columns(self, node: ColumnLoop, place: Place, trace: Trace) -> list[Given]:
        found = []
        for number, name in enumerate(node.columns, 1):
            cell = place.row.cell(name)
            if cell is not None:
                loop = {"value": cell, "name": name, "position": str(number)}
                inner = Place(place.row, place.aliases, place.parent, loop, place.members)
                found.append(self.value(node.item, inner, trace))
        return found

    def _first(self, node: First, place: Place, trace: Trace) -> Given:
        for alternative in node.alternatives:
            before = len(trace.failures)
            given = self.value(alternative, place, trace)
            if given.text is not None:
                return Given(given.text, reason=given.reason)
            if len(trace.failures) > before:
                return NOTHING
        if node.absent is not None:
            return Given(reason_object(node.absent), reason=_primitive(node.alternatives[0]))
        return NOTHING

    def _entries(
        self, node: CrosswalkValue, place: Place, trace: Trace
    ) -> list[CrosswalkEntry] | None:
        """The lines with a target; None where the text is empty or has no line."""
        text = self._reader.text(node.leaf, place, node.transforms)
        if text is None:
            return None
        source = text.strip(WHITE)
        lines = self._crosswalks[node.crosswalk].get(source)
        if lines is not None:
            return [line for line in lines if line.equivalence != "unmatched"]
        at = self._note("MAP021", node.leaf, place)
        miss = Miss(node.crosswalk, source, at.table, at.column, node.on_unmapped, place.row)
        trace.misses.append(miss)
        if node.on_unmapped == "reject":
            trace.fail("MAP012", self._numbering.after(node))
        elif node.on_unmapped == "keep-text":
            trace.notes.append(at)
        return None

    def _crosswalk(self, node: CrosswalkValue, place: Place, trace: Trace) -> Given:
        lines = self._entries(node, place, trace)
        if not lines:
            return NOTHING
        if node.gives == "code":
            return Given(json_string(lines[0].code))
        if node.gives == "text":
            return Given(json_string(lines[0].display)) if lines[0].display else NOTHING
        return Given(_coding(lines[0]))

    def _codings(self, node: CrosswalkValue, place: Place, trace: Trace) -> list[Given]:
        if not self._reader.holds(node.when, place):
            return []
        return [Given(_coding(line)) for line in self._entries(node, place, trace) or ()]

    def _reference(self, node: ReferenceValue, place: Place, trace: Trace) -> Given:
        target = self._pointing.target(node, place, trace, self._numbering.after(node))
        if target is None:
            return NOTHING
        written = f'{{"reference":{json_string(target)}'
        if node.display is not None:
            display = self.value(node.display, place, trace).text
            written += "" if display is None else f',"display":{display}'
        return Given(written + "}")

    def _note(self, code: str, leaf: Leaf, place: Place) -> Note:
        return Note(code, place.row.table, column_of(leaf), place.row)


def _coding(line: CrosswalkEntry) -> str:
    parts = (("system", line.system), ("code", line.code), ("display", line.display))
    return "{" + ",".join(f'"{name}":{json_string(text)}' for name, text in parts if text) + "}"


def _required(node: Node) -> bool:
    return not isinstance(node, Each | ColumnLoop) and node.required


def _primitive(node: Node) -> bool:
    """Whether a node gives the value of a primitive element."""
    if isinstance(node, CrosswalkValue):
        return node.gives in ("code", "text")
    return isinstance(node, Scalar)
