"""What the rules of one profile share while it is compiled: names, numbers, shared relations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from migrate.core.compile.crosswalks import crosswalk_rows
from migrate.core.compile.dates import date_macro, needs_zone, parse_format
from migrate.core.compile.plan import FOLLOWING, RULE_NUMBERS, Outcome, Step
from migrate.core.compile.sqltext import quoted
from migrate.core.issues import code as issue_code
from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile, ResourceRule


class Build:
    """Collects what the statements of a profile need beside themselves."""

    def __init__(self, profile: Profile, catalogue: Sequence[SourceTable]) -> None:
        self.profile = profile
        self.tables = {table.name: table for table in catalogue}
        self.outcomes: list[Outcome] = []
        self.macros: list[str] = []
        self.zones: dict[str, str] = {}
        self.crosswalks: dict[str, str] = {}
        self.shared: dict[str, tuple[tuple[str, ...], Callable[[], str]]] = {}
        self.used: dict[str, None] = {}
        self._numbers: dict[int, int] = {}
        self._places = {rule.name: n for n, rule in enumerate(profile.rules, start=1)}
        self._macro_names: dict[tuple[str, bool], str] = {}
        self._counter = 0
        self._columns: dict[str, tuple[str, ...]] = {}

    # --- outcomes ----------------------------------------------------------------------------

    def outcome(
        self,
        fate: int,
        rule: str | None,
        code: str | None = None,
        reason: str | None = None,
        element: str | None = None,
        column: str | None = None,
    ) -> int:
        """A new outcome; its number. A reject without a reason has its code's title."""
        block = (FOLLOWING if code == "MAP016" else fate) + RULE_NUMBERS * self._place(rule)
        number = self._numbers[block] = self._numbers.get(block, block) + 1
        if reason is None and code is not None:
            reason = issue_code(code).title
        self.outcomes.append(Outcome(number, code, reason, rule, element, column))
        return number

    def _place(self, rule: str | None) -> int:
        return 0 if rule is None else self._places[rule]

    def fresh(self, prefix: str) -> str:
        """A name nobody has."""
        self._counter += 1
        return f"{prefix}_{self._counter}"

    # --- tables ------------------------------------------------------------------------------

    def columns(self, table: str) -> tuple[str, ...]:
        """The staged columns that the profile does not exclude, in alphabetical order."""
        if table not in self._columns:
            found = self.tables.get(table)
            names = sorted(column.name for column in found.columns) if found else []
            self._columns[table] = tuple(n for n in names if not self._excluded(table, n))
        return self._columns[table]

    def _excluded(self, table: str, column: str) -> bool:
        name = f"{table}.{column}"
        return any(fnmatchcase(name, known) for known, _ in self.profile.excluded_columns)

    def key(self, table: str) -> tuple[str, ...]:
        """The declared key, or the columns that stand for one (then with an ordinal)."""
        return self.profile.table(table).key or self.columns(table)

    def keyless(self, table: str) -> bool:
        """Whether the table has no declared key."""
        return not self.profile.table(table).key

    def order_by(self, table: str, order: Sequence[str], alias: str = "") -> list[str]:
        """SQL of a total order over rows of a table: ``order``, then its key, then the row."""
        dot = f"{alias}." if alias else ""
        made = []
        for entry in (*order, *self.key(table)):
            cell = f"{dot}{quoted(entry.lstrip('#'))}"
            text = f"sortable({cell})" if entry.startswith("#") else cell
            if text not in made:
                made.append(text)
        return [f"{text} NULLS LAST" for text in made] + [f"{dot}_row"]

    @property
    def patient_rule(self) -> ResourceRule | None:
        """The rule that makes the Patient resources of the patients table."""
        for rule in self.profile.rules:
            if rule.type == "Patient" and rule.table == self.profile.patients:
                return rule
        return None

    @property
    def has_patients(self) -> bool:
        """Whether rows can be led to a patient by one key column."""
        key = self.profile.table(self.profile.patients).key
        return self.patient_rule is not None and len(key) == 1

    # --- dates, zones, crosswalks ------------------------------------------------------------

    def date_text(self, cell: str, formats: Sequence[str], *, whole: bool) -> str:
        """SQL of the FHIR text that the first matching format gives (without a zone added)."""
        calls = []
        for text in formats:
            key = (text, whole)
            if key not in self._macro_names:
                name = f"date_{len(self._macro_names)}"
                self._macro_names[key] = name
                self.macros.append(date_macro(name, text, whole=whole))
            calls.append(f"{self._macro_names[key]}({cell})")
        if not calls:
            return "NULL::VARCHAR"
        return calls[0] if len(calls) == 1 else f"coalesce({', '.join(calls)})"

    def zone(self, formats: Sequence[str], name: str | None) -> tuple[bool, str | None]:
        """Whether texts of these formats may lack a zone, and the macro that knows it."""
        if not any(needs_zone(text) for text in formats):
            return False, None
        if name is None:
            return True, None
        return True, self.zones.setdefault(name, f"zone_{len(self.zones)}")

    def timed(self, formats: Sequence[str]) -> tuple[str, ...]:
        """The formats that have a time of day."""
        return tuple(text for text in formats if parse_format(text).timed)

    def crosswalk(self, name: str) -> str:
        """The relation of a crosswalk: source, code, coding, codings, text."""
        return self.crosswalks.setdefault(name, f"xw_{len(self.crosswalks)}")

    def crosswalk_tables(self) -> tuple[tuple[str, tuple[tuple[str | None, ...], ...]], ...]:
        """The crosswalks used, as rows of their relations."""
        return tuple(
            (relation, crosswalk_rows(self.profile.crosswalk(name)))
            for name, relation in self.crosswalks.items()
        )

    # --- relations that several rules use -----------------------------------------------------

    def share(self, name: str, needs: Sequence[str], sql: Callable[[], str]) -> str:
        """A relation made once, after the resources of the rules ``needs`` are known."""
        self.shared.setdefault(name, (tuple(needs), sql))
        self.used[name] = None
        return name

    def shared_step(self, name: str) -> Step:
        """The statement of a shared relation."""
        return Step(name, "", f"CREATE TABLE {name} AS {self.shared[name][1]()}")
