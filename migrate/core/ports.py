"""The ports: what an extractor, a target and a check must be able to do.

Adapters register under the entry-point groups ``ehr_migrate.extractors``,
``ehr_migrate.targets`` and ``ehr_migrate.packs``; ``migrate.testing`` carries a contract suite
for each port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from migrate.core.issues import Issue
from migrate.core.model import SourceFile, SourceTable

if TYPE_CHECKING:
    import pyarrow as pa

# --- extractors ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Detection:
    """How sure an extractor is that it can read an export (0..1), and what it saw, in words."""

    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one table: text columns by staged name, then ``_row``, ``_file``, ``_at``."""

    table: str
    batch: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class RowReject:
    """A record that could not be read, with its bytes. ``at`` is its first physical line."""

    table: str
    row: int
    file: str
    at: str
    code: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class TableDone:
    """All rows and rejects of this table have been yielded; counts and files are final."""

    table: SourceTable


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file of the export that belongs to no table's text (a scan, a letter, a licence)."""

    file: SourceFile


ExtractEvent = Rows | RowReject | TableDone | OtherFile | Issue


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What to read: ``source`` is a path or URL, ``options`` the ``[source]`` table's settings.

    ``tables`` limits the extraction to these staged names (None: all).
    """

    source: str
    options: Mapping[str, object] = field(default_factory=dict)
    tables: frozenset[str] | None = None


class Extractor(Protocol):
    """Reads one kind of export into staged tables, as text, interpreting nothing."""

    name: str

    def detect(self, source: str) -> Detection | None:
        """Whether this extractor reads the export at ``source``; looks, never writes."""

    def extract(self, request: ExtractRequest) -> Iterator[ExtractEvent]:
        """Yield rows, rejects and tables. Bad data never raises; memory stays bounded."""


# --- targets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can prove. What it cannot, the stages say aloud."""

    client_ids: bool
    read_back: bool
    delete: bool
    versions: bool
    transactions: bool
    max_bundle: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as the target holds it now; ``content`` None means it is not there."""

    type: str
    id: str
    version: str | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Write:
    """One intended change: put this content at this type and id, or delete it.

    ``if_version`` makes it conditional: the version that the plan saw (None: not there).
    """

    op: Literal["put", "delete"]
    type: str
    id: str
    content: bytes | None
    if_version: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The target's own answer to one write; ``status`` is its own, not its envelope's."""

    type: str
    id: str
    outcome: Literal["created", "updated", "unchanged", "deleted", "conflict", "refused", "unknown"]
    version: str | None
    status: str


class Target(Protocol):
    """Where a chart goes. Opened by the plug-in with its address; ``close`` frees it."""

    name: str

    def identity(self) -> str:
        """Names this very target (not only its kind); a signature binds it."""

    def capabilities(self) -> Capabilities:
        """What was found by trying, not what was promised."""

    def read(self, refs: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The present state of these (type, id), in their order."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out these writes, a receipt each in their order. All or some may have failed."""

    def count(self, resource_type: str) -> int | None:
        """How many there are by the target's own search; None where it cannot say."""

    def close(self) -> None:
        """Free files and connections."""


@runtime_checkable
class Doubling(Protocol):
    """A target that gives ids itself: a write that came late may have left a second copy there."""

    def doubles(self, refs: Sequence[tuple[str, str]]) -> Sequence[Stored]:
        """Second copies of these resources: our type and id, with the copy's own version."""

    def remove(self, doubles: Sequence[Stored]) -> Sequence[bool]:
        """Delete the copies, in this order, that equal the first one; whether each is gone."""


@runtime_checkable
class Telling(Protocol):
    """A target whose calls may take long: it says in the middle of one how far it is."""

    def tell(self, heard: Callable[[int], None]) -> None:
        """From now on call ``heard``, from any thread, with how many more writes were answered."""


# --- checks ----------------------------------------------------------------------------------

CheckCategory = Literal["conformance", "completeness", "plausibility", "safety", "money"]


class Facts(Protocol):
    """What a check may ask: SQL over the run, read-only, answered as an Arrow table.

    Schemas: ``staged.<table>`` (text columns and the address columns); ``fhir.<Type>`` (id,
    resource: the line, where it is a JSON object); ``run.fates`` (tbl, row, fate, code, reason,
    rule, patient), ``run.lineage`` (type, id, tbl, row, rule, role), ``run.misses``,
    ``run.staged_tables`` (tbl, rows, rejected, declared), ``run.staged_columns`` (tbl, col,
    filled), ``run.source_files`` (tbl, lines: of delimited files, whose lines are records, else
    NULL), ``run.foreign_keys`` (tbl, col, target, target_col), ``run.export`` (exported_at).
    Made out of the resources: ``run.resources`` (type, id, patient: the id of the Patient that
    the resource itself names as its owner, status, us_core: whether it claims a US Core profile),
    ``run.links`` (type, id, element, target: the text of every Reference.reference),
    ``run.dates`` (type, id, element, moment: its own dates and ends of periods), ``run.codes``
    (type, element: coding or identifier, system, code, n), ``run.identifiers`` (type, id, position:
    1.., system, value, usage), ``run.measures`` (id, moment, code,
    value, unit: a line for each code of each number), ``run.results`` (id, patient, label: the
    first code or the text, moment, value: a digest, of Observations with a value) and
    ``run.malformed`` (type, line: lines that
    are no JSON object of that type). Where the profile is known: ``run.columns`` (tbl, col,
    rows, filled, use: used, excluded or unclaimed), ``run.keys`` (tbl, col, position),
    ``run.crosswalked`` (crosswalk, tbl, col). Where there
    was an export before: ``run.last_columns`` (tbl, col, filled). Where the profile has a second
    path: ``second.<kind>`` (``migrate.core.secondpath``).
    """

    def sql(self, query: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The answer of one SELECT."""

    def has(self, relation: str) -> bool:
        """Whether ``schema.table`` exists in this run."""

    def lines(self, resource_type: str) -> Iterator[bytes]:
        """The resources of a type, as written, a JSON line each."""

    def resource_types(self) -> Sequence[str]:
        """The resource types of this run, sorted."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a check found in one field: ``table``, ``table.column``, ``Type.element`` or
    ``Type.code``. A suite may set a threshold for it by this name."""

    name: str
    examined: int
    failed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found: how many things it looked at, how many failed, and where.

    ``failed`` may exceed ``len(issues)``: issues may be cut, counts never. ``examined == 0``
    is "not applicable", never a pass. ``places`` are the addresses of all that failed, as a
    table of type, id, tbl (VARCHAR), row (BIGINT), column, element (VARCHAR); None where a
    finding has no address of its own.
    """

    examined: int
    failed: int
    issues: tuple[Issue, ...] = ()
    parts: tuple[Part, ...] = ()
    places: pa.Table | None = None


class Check(Protocol):
    """One judgement about a run.

    ``code`` is the issue code of what it finds; ``defaults`` are its settings, all of them,
    with the values that hold where a suite says nothing.
    """

    @property
    def id(self) -> str:
        """``category.name``, unique in its pack."""

    @property
    def category(self) -> CheckCategory:
        """Kahn's categories, and safety and money."""

    @property
    def code(self) -> str:
        """The issue code of its findings (``CHK900`` for packs of others)."""

    @property
    def defaults(self) -> Mapping[str, object]:
        """Settings by name."""

    def run(self, facts: Facts, settings: Mapping[str, object]) -> Outcome:
        """Judge. ``settings`` are the suite's own for this check (columns, limits)."""


class CheckPack(Protocol):
    """A set of checks and the suites that choose among them."""

    name: str

    def checks(self) -> Iterable[Check]:
        """All checks of the pack."""

    def suites(self) -> Mapping[str, str]:
        """Suite name → YAML text."""
