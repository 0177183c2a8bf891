"""Facts of an invented run, for tests of the report's pages."""

from dataclasses import replace
from decimal import Decimal

from migrate.core.gate import AcceptedFinding, Finding, judge
from migrate.core.model import Manifest, SourceColumn, SourceFile, SourceTable
from migrate.core.reconcile.accounts import AgedTotal
from migrate.core.reconcile.coverage import ColumnFate
from migrate.core.reconcile.findings import findings_of
from migrate.core.reconcile.sheet import (
    ControlLine,
    FateLine,
    Left,
    MoneyLine,
    MonthLine,
    PatientBalance,
    Reconciliation,
    ResourceLine,
    TableLine,
)
from migrate.core.rehearsals import Rehearsal
from migrate.report.facts import AlertCount, CodedShare, CodeGap, NoteLine, ReportFacts

HOSTILE = "<script>alert(1)</script>\u202eevil\"'&=HYPERLINK(1)"


def sheet() -> Reconciliation:
    """A sheet with every kind of line on it."""
    return Reconciliation(
        tables=(
            TableLine("patients", 151, 143, 4, 2, 2),
            TableLine("encounters", 948, 941, 0, 4, 3),
            TableLine("allergies", 187, 171, 9, 4, 3),
            TableLine("lab_results", 1402, 1371, 12, 11, 8),
            TableLine("charges", 2217, 2180, 0, 35, 2),
            TableLine("access_log", 612, 0, 0, 612, 0),
            TableLine("old_notes", 0),
        ),
        resources=(
            ResourceLine("Patient", 143),
            ResourceLine("Encounter", 941),
            ResourceLine("AllergyIntolerance", 171),
            ResourceLine("Observation", 1371),
            ResourceLine("ChargeItem", 2180),
            ResourceLine("Provenance", 143),
        ),
        fates=(
            FateLine("patients", "rejected", "MAP014", "", 2, sample=(19, 77)),
            FateLine("patients", "excluded", "", "test patient of the vendor", 2),
            FateLine("encounters", "rejected", "MAP010", "", 3, sample=(12, 13, 400)),
            FateLine("encounters", "excluded", "", "voided in the old system", 4),
            FateLine("allergies", "rejected", "EXT010", "", 1, "extract", (57,)),
            FateLine("allergies", "rejected", "MAP012", "", 2, sample=(24, 90)),
            FateLine("allergies", "excluded", "", "voided in the old system", 4),
            FateLine("lab_results", "rejected", "MAP003", "", 8, sample=(1, 2, 3, 4, 5)),
            FateLine("lab_results", "excluded", "", "voided in the old system", 11),
            FateLine("charges", "rejected", "MAP010", "", 2, sample=(9, 10)),
            FateLine("charges", "excluded", "", "voided in the old system", 35),
            FateLine("access_log", "excluded", "", "access log; stays in the archive", 612),
        ),
        months=tuple(
            MonthLine("encounters", f"{year}-{month:02}", n, n - 1, 0, 1, 0)
            for year, many in zip(
                range(2016, 2027), (3, 5, 6, 6, 8, 9, 9, 12, 11, 12, 1), strict=True
            )
            for month, n in ((3, many), (9, many + 1))
        ),
        money=(
            MoneyLine(
                "charges",
                "USD",
                "2026-01-15",
                Decimal("147011.27"),
                Decimal("145200.07"),
                (
                    Left("excluded", "", "voided in the old system", 35, Decimal("1611.20")),
                    Left("rejected", "MAP010", "", 2, Decimal("200.00")),
                ),
                table="charges",
            ),
            MoneyLine("payments", "USD", "2026-01-15", Decimal("109111.23"), Decimal("109111.23")),
        ),
        controls=(
            ControlLine("patients active", Decimal(125), Decimal(125), as_of="2026-01-15"),
            ControlLine("visits 2017", Decimal(60), Decimal(54), as_of="2026-01-15"),
            ControlLine("A/R 0-30", Decimal("1526.30"), Decimal("1526.30"), True, "2026-01-15"),
            ControlLine("A/R 91+", Decimal("647.98"), Decimal("647.98"), True, "2026-01-15"),
            ControlLine("A/R total", Decimal("2174.28"), Decimal("2174.28"), True, "2026-01-15"),
        ),
        controls_given=True,
        balance=PatientBalance(143, 4877, 5, 0, 0),
        patient_table="patients",
        unclaimed=(("patients", "alert_txt", 12),),
    )


def manifest() -> Manifest:
    """The manifest of the same run."""
    return Manifest(
        "delimited",
        "2026-01-15T18:00:00-06:00",
        "5e" * 32,
        "0.1.0",
        tuple(
            SourceTable(
                line.table,
                line.table.upper(),
                (SourceColumn("id", "ID", None, line.extracted),),
                (SourceFile(f"{line.table}.csv", "ab" * 32, 1000),),
                line.extracted,
            )
            for line in sheet().tables
        ),
        (SourceFile("docs/2016/D00001.PDF", "cd" * 32, 4711),),
    )


def rehearsals(whole: Reconciliation, findings: list[Finding]) -> tuple[Rehearsal, Rehearsal]:
    """An earlier run with one problem more and one larger, and this one."""
    old = replace(whole, tables=(*whole.tables[:-1], TableLine("old_notes", 7, 0, 0, 0, 7)))
    gone = Finding("MAP013", "old_notes", 7, "error", "7 rows without a visit")
    first = replace(findings[0], count=findings[0].count + 20)
    return (
        Rehearsal("0000-fedcba", "2025-12-01T18:00:00-06:00", old, (first, gone), 51, {}),
        Rehearsal("0001-abcdef", "2026-01-15T18:00:00-06:00", whole, tuple(findings), 34, {}),
    )


def facts(*, accept: bool = False) -> ReportFacts:
    """The whole, ready or not."""
    whole = sheet()
    safety = Finding("CHK101", "subject-mismatch", 4, "safety", "4 rows sit in another chart")
    findings = [*findings_of(whole), safety]
    entries = [
        AcceptedFinding(f.code, f.where, f.count, "seen and decided", "I. Hazelwood", "physician")
        for f in findings
    ]
    return ReportFacts(
        edition="before",
        project="Riverbend Family Medicine",
        run="0001-abcdef",
        tool_version="0.1.0",
        profile="riverbend-csv",
        profile_digest="77" * 32,
        id_key="0123456789abcdef",
        target="embedded:target.db",
        manifest=manifest(),
        sheet=whole,
        gate=judge(findings, entries if accept else []),
        findings=findings,
        checks=(
            {
                "id": "conformance.r4b",
                "category": "conformance",
                "severity": "error",
                "examined": 4949,
                "failed": 0,
                "threshold": {"failed": 0},
                "verdict": "pass",
                "waived_by": None,
            },
            {
                "id": "plausibility.range",
                "category": "plausibility",
                "severity": "warning",
                "examined": 1371,
                "failed": 2,
                "threshold": {"share": "0.01"},
                "verdict": "warn",
                "waived_by": None,
            },
        ),
        columns=(
            ColumnFate("patients", "pat_id", "used", "", 151),
            ColumnFate("patients", "last_screen", "excluded", "user-interface state", 151),
            ColumnFate("patients", "alert_txt", "unclaimed", "", 12),
        ),
        coded=(CodedShare("allergies", 171, 139), CodedShare("medications", 412, 371)),
        alerting=(
            AlertCount("allergies", "alerts", 131),
            AlertCount("allergies", "text-only", 29),
            AlertCount("allergies", "not-in-force", 11),
            AlertCount("medications", "alerts", 371),
        ),
        rehearsals=rehearsals(whole, findings),
        aged=(AgedTotal("A/R 0-30", 31, 2, Decimal("1526.30"), Decimal("0.00")),),
        code_gaps=(
            CodeGap("allergen", "allergies", "allergen_cd", "keep-text", 14, 32),
            CodeGap("allergy-status", "allergies", "status", "reject", 1, 2),
        ),
        notes=(NoteLine("MAP022", "patients", "dob", 3),),
        stages={"extract": "11" * 32, "map": "22" * 32},
    )


def hostile() -> ReportFacts:
    """The same with names that nobody should trust."""
    long = HOSTILE + "x" * 100_000
    whole = replace(
        sheet(),
        tables=(TableLine(HOSTILE, 3, 1, 0, 1, 1), TableLine("patients", 1, 1)),
        fates=(
            FateLine(HOSTILE, "excluded", "", long, 1),
            FateLine(HOSTILE, "rejected", "MAP015", HOSTILE, 1),
        ),
        controls=(ControlLine(HOSTILE, Decimal(1), None, note=HOSTILE),),
    )
    findings = findings_of(whole)
    return replace(
        facts(),
        project=HOSTILE,
        sheet=whole,
        findings=findings,
        gate=judge(findings, ()),
        columns=(ColumnFate(HOSTILE, HOSTILE, "excluded", long, 1),),
        code_gaps=(CodeGap(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, 1),),
    )
