"""What the compiler hands to the engine: statements in order, and what to count afterwards."""

from __future__ import annotations

from dataclasses import dataclass

REJECTED, EXCLUDED, MAPPED, MERGED = 0, 10_000_000, 20_000_000, 30_000_000
#: Rejects that follow another row's (MAP016) come after those of the row itself.
FOLLOWING = 5_000_000
#: Numbers that each rule has for itself in each of these ranges.
RULE_NUMBERS = 10_000
#: The state of a row that is none of the rule's business, and of one that follows its parent.
NONE, AS_PARENT = 0, -1
FATES = {REJECTED: "rejected", EXCLUDED: "excluded", MAPPED: "mapped", MERGED: "merged"}


#: Stands in a SELECT of resources where ``AND m._part BETWEEN … AND …`` may be put.
PARTS = "/*parts*/"


@dataclass(frozen=True, slots=True)
class Lines:
    """The resources that one rule made: its relation (_part, _s), and the SELECT of (_part, _id,
    _text: a line with its end) with :data:`PARTS` in it."""

    relation: str
    select: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a row can fare. Of several, the smallest number is the row's fate, so
    numbers follow the order rejected, excluded, mapped, merged, then that of the rules."""

    number: int
    code: str | None
    reason: str | None
    rule: str | None
    element: str | None = None
    column: str | None = None

    @property
    def fate(self) -> str:
        """rejected, excluded, mapped or merged."""
        return FATES[self.number // EXCLUDED * EXCLUDED]


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that makes a temporary relation; ``rule`` is '' for what rules share."""

    name: str
    rule: str
    sql: str


@dataclass(frozen=True, slots=True)
class NoteCount:
    """A warning to count: rows of ``relation`` where ``condition`` holds."""

    code: str
    table: str
    column: str
    rule: str
    relation: str
    condition: str


@dataclass(frozen=True, slots=True)
class MissCount:
    """Crosswalk misses to count: the texts in ``cell`` of ``relation``."""

    crosswalk: str
    table: str
    column: str
    outcome: str
    relation: str
    cell: str


@dataclass(frozen=True, slots=True)
class TableFate:
    """SELECT of (_row, _o, _pid) of the rows of a staged table that have a fate: the number of
    the outcome and the owner's Patient id. A row that is not in it is residual."""

    table: str
    select: str


@dataclass(frozen=True, slots=True)
class MergeReading:
    """SELECTs of the merge records (_row, old, into_key) and of the patients' keys (key)."""

    records: str
    patients: str


@dataclass(frozen=True, slots=True)
class CompiledProfile:
    """A profile as SQL text, in the order in which the engine uses it.

    1. the engine sets the variables ``inner_pad``, ``outer_pad``, ``context_<name>``, makes
       the views ``raw.<table>`` over the staged files (``tables``; those of ``missing`` are
       empty with these columns), the tables ``xw_<n>`` of ``crosswalks`` and the ``zones``
       macros (macro, IANA name), then runs ``macros`` and ``staging``;
    2. it resolves ``merges`` into ``merge_records`` (_row, status, survivor), ``merge_map``
       (old, survivor) and ``merge_circle`` (key), then runs ``steps``;
    3. it writes ``resources`` (by type the lines of its rules), ``lineage`` (SELECTs of type,
       id, tbl, row, rule, role), ``fates``, ``notes`` and ``misses``.
    """

    macros: tuple[str, ...]
    zones: tuple[tuple[str, str], ...]
    crosswalks: tuple[tuple[str, tuple[tuple[str | None, ...], ...]], ...]
    tables: tuple[str, ...]
    missing: tuple[tuple[str, tuple[str, ...]], ...]
    staging: tuple[Step, ...]
    merges: MergeReading | None
    steps: tuple[Step, ...]
    resources: tuple[tuple[str, tuple[Lines, ...]], ...]
    lineage: tuple[str, ...]
    fates: tuple[TableFate, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[NoteCount, ...]
    misses: tuple[MissCount, ...]
