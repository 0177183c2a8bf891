"""``migration.toml``: what a project is about. Never a secret."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from migrate.core.hiding import HIDINGS, Hiding
from migrate.core.retiring import GONE_RULES, GoneRule, can_be
from migrate.errors import AskedWrongly

SETTINGS_FILE = "migration.toml"
LEAVE_BEHIND = ("inactive", "deceased")
MONEY_SCOPES = ("none", "balance-forward", "open-items", "full")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """``[source]``: where the export lies and how it is read."""

    location: str
    profile: str
    extractor: str | None = None
    exported_at: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """``[target]``: the kind of target, its address, its options; ``hide``: how charts are kept
    out of sight until they are whole (None: not at all)."""

    kind: str = "embedded"
    address: str = "target.db"
    hide: Hiding | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoneRules:
    """``[delta] gone``: what becomes of loaded resources that a later export lacks, by type."""

    default: GoneRule = "ask"
    by_type: Mapping[str, GoneRule] = field(default_factory=dict)

    def of(self, resource_type: str) -> GoneRule:
        """The rule of a type; a default that its type cannot follow asks."""
        rule = self.by_type.get(resource_type, self.default)
        return rule if can_be(rule, resource_type) else "ask"


@dataclass(frozen=True, slots=True)
class ScopeRules:
    """``[scope]``: whose charts a load leaves behind, to be brought one at a time.

    ``leave_behind``: ``inactive`` (Patient.active is false), ``deceased``; ``not_seen_since``: the
    day (YYYY-MM-DD) before which the last visit of a patient lies, also of one without a visit.
    """

    leave_behind: frozenset[str] = frozenset()
    not_seen_since: str | None = None

    @property
    def there(self) -> bool:
        """Whether there is a rule at all."""
        return bool(self.leave_behind or self.not_seen_since)


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The whole file. ``timezone`` None: the profile's own is the site's.

    ``gates`` and ``signoff`` are read by the stages that use them.
    """

    name: str
    timezone: str | None
    source: SourceSettings
    target: TargetSettings
    gates: Mapping[str, object] = field(default_factory=dict)
    signoff: Mapping[str, object] = field(default_factory=dict)
    money_scope: str = "full"
    gone: GoneRules = field(default_factory=GoneRules)
    scope: ScopeRules = field(default_factory=ScopeRules)


def read_settings(path: Path) -> ProjectSettings:
    """Read and check ``migration.toml``. Raises AskedWrongly with what is wrong."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(" in str(error) else "the file"
        raise AskedWrongly(
            "PRJ006", f"{SETTINGS_FILE} is not valid TOML ({place})", try_="mend that line"
        ) from None
    return _settings(document)


def _settings(document: Mapping[str, object]) -> ProjectSettings:
    wrong: list[str] = []
    project = _table(document, "project", wrong)
    source = _table(document, "source", wrong)
    target = _table(document, "target", wrong)
    money = _table(document, "money", wrong)
    known = {"project", "source", "target", "gates", "signoff", "money", "delta", "scope"}
    wrong += [f"[{name}] is not a known table" for name in document if name not in known]
    name = _text(project, "name", "[project]", wrong, "")
    zone = _text(project, "timezone", "[project]", wrong, "") or None
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        wrong.append("[project] timezone is not a zone of the IANA list (America/Chicago …)")
    scope = _text(money, "scope", "[money]", wrong, "full")
    if scope not in MONEY_SCOPES:
        wrong.append(f"[money] scope is none of {', '.join(MONEY_SCOPES)}")
    for part in ("from", "profile", "exported_at"):
        if part not in source:
            wrong.append(f"[source] {part} is missing")
    settings = ProjectSettings(
        name=name,
        timezone=zone,
        source=SourceSettings(
            location=_text(source, "from", "[source]", wrong, ""),
            profile=_text(source, "profile", "[source]", wrong, ""),
            extractor=_text(source, "extractor", "[source]", wrong, "") or None,
            exported_at=_text(source, "exported_at", "[source]", wrong, ""),
            options=_table(source, "options", wrong) | {"files": _table(source, "files", wrong)},
        ),
        target=TargetSettings(
            kind=_text(target, "kind", "[target]", wrong, "embedded"),
            address=_text(target, "address", "[target]", wrong, "target.db"),
            hide=_hiding(target, wrong),
            options=_table(target, "options", wrong),
        ),
        gates=_table(document, "gates", wrong),
        signoff=_table(document, "signoff", wrong),
        money_scope=scope,
        gone=_gone(_table(document, "delta", wrong), wrong),
        scope=_scope(_table(document, "scope", wrong), wrong),
    )
    if wrong:
        raise AskedWrongly(
            "PRJ006",
            f"{SETTINGS_FILE} has {len(wrong)} mistakes",
            details=tuple(wrong),
            try_=f"mend them in {SETTINGS_FILE}",
        )
    return settings


def _hiding(target: Mapping[str, object], wrong: list[str]) -> Hiding | None:
    if "hide_until_whole" not in target:
        return None
    found = next((one for one in HIDINGS if one == target["hide_until_whole"]), None)
    if found is None:
        wrong.append(f"[target] hide_until_whole is none of {', '.join(HIDINGS)}")
    return found


def _gone(delta: Mapping[str, object], wrong: list[str]) -> GoneRules:
    """``gone`` is a rule for all types, or a table of rules by type with a ``default``."""
    wrong += [f"[delta] {name} is not known" for name in delta if name != "gone"]
    given = delta.get("gone", "ask")
    rules = given if isinstance(given, dict) else {"default": given}
    found: dict[str, GoneRule] = {}
    for kind, word in rules.items():
        rule = next((one for one in GONE_RULES if one == word), None)
        if rule is None:
            wrong.append(f"[delta] gone: {kind} is none of {', '.join(GONE_RULES)}")
        elif kind != "default" and not can_be(rule, kind):
            wrong.append(f"[delta] gone: {kind} has no state '{rule}' in FHIR")
        else:
            found[kind] = rule
    return GoneRules(found.pop("default", "ask"), found)


def _scope(scope: Mapping[str, object], wrong: list[str]) -> ScopeRules:
    known = ("leave_behind", "not_seen_since")
    wrong += [f"[scope] {name} is not known" for name in scope if name not in known]
    words = scope.get("leave_behind", [])
    if not isinstance(words, list) or not all(word in LEAVE_BEHIND for word in words):
        wrong.append(f"[scope] leave_behind is a list of {', '.join(LEAVE_BEHIND)}")
        words = []
    day = scope.get("not_seen_since")
    if day is not None and not (isinstance(day, datetime.date) or _is_day(day)):
        wrong.append("[scope] not_seen_since is a day, YYYY-MM-DD")
        day = None
    return ScopeRules(frozenset(words), None if day is None else str(day)[:10])


def _is_day(text: object) -> bool:
    try:
        return str(datetime.date.fromisoformat(str(text))) == text
    except ValueError:
        return False


def _table(parent: Mapping[str, object], name: str, wrong: list[str]) -> dict[str, object]:
    value = parent.get(name, {})
    if isinstance(value, dict):
        return value
    wrong.append(f"[{name}] must be a table")
    return {}


def _text(
    table: Mapping[str, object], name: str, where: str, wrong: list[str], default: str
) -> str:
    value = table.get(name, default)
    if isinstance(value, str):
        return value
    wrong.append(f"{where} {name} must be a text in quotes")
    return default
