"""The report as one document: what report.json holds and the page shows, number for number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from migrate.core.gate import AcceptedFinding, Finding
from migrate.core.issues import catalogue
from migrate.core.reconcile.accounts import AgedTotal
from migrate.core.reconcile.sheet import FATES, ControlLine, FateLine, MoneyLine, money_text
from migrate.core.rehearsals import changes
from migrate.report import words
from migrate.report.aging import aging
from migrate.report.elements import elements_document
from migrate.report.facts import CodedShare, ReportFacts
from migrate.report.summary import verdict

SCHEMA_VERSION = "1"
Document = dict[str, Any]
# Extractors whose files hold tables, and are named after them.
_TABLE_FILES = frozenset({"delimited", "sqldump", "database"})
_EXPLAINED = ("unaccounted", "rejected", "excluded")


def report_document(facts: ReportFacts) -> Document:
    """Everything on the page, as plain JSON values; money is text, unreached stages None."""
    sheet = facts.sheet
    return {
        **_header(facts),
        "reconciliation": sheet.document(),
        "completeness": sheet.completeness,
        "rows": {**sheet.totals.document(), "table": ""},
        "patients": {**sheet.patients(), **asdict(sheet.balance)},
        "records": sum(line.mapped for line in sheet.resources),
        "domains": _domains(facts),
        "years": _years(facts),
        "reasons": _reasons(sheet.fates),
        "alerts": [_alert(share) for share in facts.coded],
        "alerting": _alerting(facts),
        "money_scope": sheet.money_scope,
        "money": [_money(line) for line in sheet.money],
        "money_by": [group.document() for group in sheet.money_by],
        "aging": aging(sheet),
        "aged": [_aged(one, sheet.controls) for one in facts.aged],
        "controls": [
            {**line.document(), "money": line.money, "as_of": line.as_of, "note": line.note}
            for line in sheet.controls
        ],
        "codes": [asdict(gap) for gap in facts.code_gaps],
        "notes": [{**asdict(note), **_explained(note.code)} for note in facts.notes],
        "gaps": _gaps(facts),
        "elements": elements_document(facts.elements),
        "checks": [dict(check) for check in facts.checks],
        "columns": _columns(facts),
        "files": _files(facts),
        "other_files": _other_files(facts),
        "stages": dict(facts.stages),
        "history": [one.line() for one in facts.rehearsals],
        "changes": changes(*facts.rehearsals[-2:]) if len(facts.rehearsals) > 1 else None,
    }


def _header(facts: ReportFacts) -> Document:
    answer = verdict(facts)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": facts.tool_version,
        "edition": facts.edition,
        "project": facts.project,
        "run": facts.run,
        "input_digest": facts.manifest.input_digest,
        "profile_digest": facts.profile_digest,
        "id_key": facts.id_key,
        "target": facts.target,
        "profile": facts.profile,
        "extractor": facts.manifest.extractor,
        "exported_at": facts.manifest.exported_at,
        "ready": facts.gate.ready,
        "verdict": answer.title,
        "good": answer.good,
        "sentence": answer.sentence,
        "blocked_by": [_finding(finding) for finding in _urgent(facts.gate.blocked_by)],
        "accepted": [_accepted(*pair) for pair in facts.gate.accepted],
        "accepted_unused": [asdict(entry) for entry in facts.gate.unused],
        "warnings": [_finding(f) for f in facts.findings if f.severity == "warning"],
    }


def _explained(code: str) -> Document:
    known = catalogue().get(code)
    if known is None:
        return {"title": code, "means": "", "do": ""}
    return {"title": known.title, "means": known.means, "do": known.do}


def _urgent(findings: Iterable[Finding]) -> list[Finding]:
    """Safety first, then what touches most."""
    return sorted(findings, key=lambda f: (f.severity != "safety", -f.count, f.code, f.where))


def _finding(finding: Finding) -> Document:
    shown = finding.message
    if not any(character.isdigit() for character in shown):
        shown = words.FOUND.format(message=shown, count=f"{finding.count:,}")
    return {**asdict(finding), **_explained(finding.code), "shown": shown}


def _accepted(finding: Finding, entry: AcceptedFinding) -> Document:
    return {**_finding(finding), "reason": entry.reason, "by": entry.by, "role": entry.role}


def _domains(facts: ReportFacts) -> list[Document]:
    domain_of = {kind: name for name, kinds in words.DOMAINS.items() for kind in kinds}
    lines: dict[str, Document] = {}
    for line in facts.sheet.resources:
        name = domain_of.get(line.type, words.OTHER_DOMAIN)
        domain = lines.setdefault(
            name, {"domain": name, "made": 0, "loaded": None, "read_back": None, "types": []}
        )
        domain["made"] += line.mapped
        for part, value in (("loaded", line.loaded), ("read_back", line.read_back)):
            if value is not None:
                domain[part] = (domain[part] or 0) + value
        domain["types"].append(line.type)
    order = [*words.DOMAINS, words.OTHER_DOMAIN]
    return sorted(lines.values(), key=lambda domain: order.index(domain["domain"]))


def _years(facts: ReportFacts) -> list[Document]:
    years: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("extracted", *FATES), 0))
    for month in facts.sheet.months:
        for part in ("extracted", *FATES):
            years[month.month[:4]][part] += getattr(month, part)
    return [{"year": year, **years[year]} for year in sorted(years) if year]


def _reasons(fates: Iterable[FateLine]) -> list[Document]:
    """What did not come across as itself: by reason, largest first, with its tables."""
    grouped: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in fates:
        if line.fate in _EXPLAINED:
            grouped[line.fate, line.code, line.reason][line.table] += line.rows
    reasons = [
        _reason(fate, code, reason, tables) for (fate, code, reason), tables in grouped.items()
    ]
    return sorted(reasons, key=lambda r: (_EXPLAINED.index(r["fate"]), -r["rows"], r["title"]))


def _reason(fate: str, code: str, reason: str, tables: Mapping[str, int]) -> Document:
    known = _explained(code) if code else {"title": "", "means": "", "do": ""}
    do = {"excluded": words.DO_EXCLUDED, "unaccounted": words.DO_UNACCOUNTED}.get(
        fate, known["do"] or words.DECIDE
    )
    ordered = sorted(tables.items(), key=lambda item: (-item[1], item[0]))
    return {
        "fate": fate,
        "code": code,
        "title": reason or known["title"] or words.FATE_WORDS[fate],
        "means": known["means"],
        "do": do,
        "rows": sum(tables.values()),
        "tables": [{"table": table, "rows": rows} for table, rows in ordered],
    }


def _alert(share: CodedShare) -> Document:
    return {
        "kind": share.kind,
        "records": share.records,
        "coded": share.coded,
        "text_only": share.records - share.coded,
    }


def _alerting(facts: ReportFacts) -> list[Document]:
    """Allergies and medications by what the new system can do with them; 0 is said, too."""
    kinds = dict.fromkeys(line.kind for line in facts.alerting)
    counts = {(line.kind, line.standing): line.records for line in facts.alerting}
    return [
        {
            "kind": kind,
            **{standing: counts.get((kind, standing), 0) for standing in words.STANDINGS},
        }
        for kind in kinds
    ]


def _money(line: MoneyLine) -> Document:
    left = [{**asdict(part), "amount": money_text(part.amount)} for part in line.left]
    return {**line.document(), "table": line.table, "unread": line.unread, "left": left}


def _aged(one: AgedTotal, controls: Iterable[ControlLine]) -> Document:
    """A total by account; ``unnamed``: what no account explains of the total's difference."""
    total = next((c for c in controls if c.name.lower() == one.total.lower()), None)
    off = total.difference if total else None
    return {
        "total": one.total,
        "accounts": one.accounts,
        "differ": one.differ,
        "named": money_text(one.named),
        "unnamed": None if off is None else money_text(off - one.named),
    }


def _gaps(facts: ReportFacts) -> Document:
    made = {domain["domain"] for domain in _domains(facts) if domain["made"]}
    return {
        "domains": [name for name in words.EXPECTED if name not in made],
        "tables": [t.name for t in facts.manifest.tables if not t.rows + t.rejected],
        "columns": sum(1 for c in facts.columns if c.fate == "used" and not c.filled),
        "controls": [
            line.document()
            for line in facts.sheet.controls
            if line.difference is not None and line.difference > 0
        ],
    }


def _columns(facts: ReportFacts) -> Document:
    excluded = [asdict(c) for c in facts.columns if c.fate == "excluded"]
    unclaimed = [asdict(c) for c in facts.columns if c.fate == "unclaimed"]
    by_reason: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for column in excluded:
        by_reason[column["table"], column["reason"]].append(column)
    return {
        "all": len(facts.columns),
        "used": len(facts.columns) - len(excluded) - len(unclaimed),
        "excluded": len(excluded),
        "unclaimed": sum(1 for column in unclaimed if column["filled"]),
        "unclaimed_columns": [column for column in unclaimed if column["filled"]],
        "by_reason": [
            {
                "table": table,
                "reason": reason,
                "columns": [column["column"] for column in columns],
                "filled": sum(column["filled"] for column in columns),
            }
            for (table, reason), columns in sorted(by_reason.items())
        ],
    }


def _files(facts: ReportFacts) -> list[Document]:
    """Files of tables by name; documents by digest alone, for their names may name patients."""
    files = {file.path: file for table in facts.manifest.tables for file in table.files}
    named = facts.manifest.extractor in _TABLE_FILES
    return [
        {
            "path": path if named else words.DOCUMENT.format(number=number),
            "sha256": files[path].sha256,
            "bytes": files[path].bytes,
        }
        for number, path in enumerate(sorted(files), 1)
    ]


def _other_files(facts: ReportFacts) -> Document:
    """Scans and letters are counted, not named: their names may name patients."""
    others = facts.manifest.other_files
    return {"count": len(others), "bytes": sum(file.bytes for file in others)}
