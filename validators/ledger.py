"""Money beyond sums: every visit charged, every charge seen, every claim covered and whole."""

from __future__ import annotations

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .sqlparts import text_at

_FINISHED = f"{text_at('status')} = 'finished'"


def _billing(settings: Settings) -> tuple[str, str, str, str] | None:
    """(visits table, its key, charges table, its visit column) of the suite."""
    names = [str(settings[name]) for name in ("visits", "charges")]
    if not all("." in name for name in names):
        return None
    (visits, key), (charges, visit) = (name.split(".", 1) for name in names)
    return visits, key, charges, visit


def _visits(facts: Facts, settings: Settings) -> str | None:
    """SQL of (id, key) of the finished visits with their key in the old system."""
    billing = _billing(settings)
    if billing is None or "Encounter" not in facts.resource_types():
        return None
    visits, key, charges, _ = billing
    if not (facts.has(f"staged.{visits}") and facts.has(f"staged.{charges}")):
        return None
    return (
        f'SELECT e.id, s.{quoted(key)} AS key FROM fhir."Encounter" AS e JOIN run.lineage AS l '
        f"ON l.type = 'Encounter' AND l.id = e.id AND l.role = 'anchor' AND l.tbl = "
        f"{literal(visits)} JOIN staged.{quoted(visits)} AS s ON s._row = l.row WHERE {_FINISHED}"
    )


def _finished(facts: Facts, settings: Settings) -> str | None:
    visits = _visits(facts, settings)
    return visits and f"SELECT 'Encounter' AS part, count(*) AS examined FROM ({visits})"


def _uncharged(facts: Facts, settings: Settings) -> str | None:
    billing = _billing(settings)
    assert billing is not None
    _, _, charges, visit = billing
    return (
        f"SELECT 'Encounter' AS part, 'Encounter' AS type, v.id FROM ({_visits(facts, settings)}) "
        f"AS v ANTI JOIN staged.{quoted(charges)} AS c ON c.{quoted(visit)} = v.key"
    )


def _charges(facts: Facts, _: Settings) -> str | None:
    if "ChargeItem" not in facts.resource_types():
        return None
    return "SELECT 'ChargeItem' AS part, count(*) AS examined FROM fhir.\"ChargeItem\""


def _stray(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'ChargeItem' AS part, 'ChargeItem' AS type, c.id, 'context' AS element FROM "
        "fhir.\"ChargeItem\" AS c ANTI JOIN (SELECT id FROM run.links WHERE type = 'ChargeItem' "
        "AND element = 'context') AS l ON l.id = c.id"
    )


_COVERED = (
    "SELECT c.id, c.day, v.began, v.ended FROM (SELECT id, unnest(list_concat(json_extract_string("
    "resource, '$.item[*].servicedDate'), json_extract_string(resource, "
    "'$.item[*].servicedPeriod.start'))) AS day, regexp_extract(json_extract_string(resource, "
    "'$.insurance[0].coverage.reference'), 'Coverage/(.+)$', 1) AS coverage FROM fhir.\"Claim\") "
    f"AS c JOIN (SELECT id, {text_at('period.start')} AS began, {text_at('period.end')} AS ended "
    'FROM fhir."Coverage") AS v ON v.id = c.coverage'
)


def _covered(facts: Facts, _: Settings) -> str | None:
    if not {"Claim", "Coverage"} <= set(facts.resource_types()):
        return None
    return f"SELECT 'Claim' AS part, count(*) AS examined FROM ({_COVERED})"


def _not_in_force(_: Facts, __: Settings) -> str:
    return (
        "SELECT DISTINCT 'Claim' AS part, 'Claim' AS type, id, 'insurance' AS element FROM "
        f"({_COVERED}) WHERE left(day, length(began)) < began OR left(day, length(ended)) > ended"
    )


_PAYERS = (
    "SELECT c.id, json_extract_string(c.resource, '$.payor[0].reference') AS payer, "
    'n.value AS number FROM fhir."Coverage" AS c LEFT JOIN run.identifiers AS n ON '
    "n.type || '/' || n.id = json_extract_string(c.resource, '$.payor[0].reference') "
    "AND n.position = 1"
)


def _coverages(facts: Facts, _: Settings) -> str | None:
    if "Coverage" not in facts.resource_types():
        return None
    return f"SELECT 'Coverage' AS part, count(*) AS examined FROM ({_PAYERS})"


def _unknown_payers(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'Coverage' AS part, 'Coverage' AS type, id, 'payor' AS element FROM "
        f"({_PAYERS}) WHERE payer NOT LIKE 'Patient/%' AND number IS NULL OR payer IS NULL"
    )


# (type, the whole, its parts): amounts that a resource states twice.
_SUMS = (
    ("Claim", "$.total.value", "$.item[*].net.value"),
    ("PaymentReconciliation", "$.paymentAmount.value", "$.detail[*].amount.value"),
)


def _summed(facts: Facts) -> str:
    return " UNION ALL ".join(
        f"SELECT {literal(name)} AS type, id, round(TRY_CAST(json_extract_string(resource, "
        f"{literal(whole)}) AS DECIMAL(18, 4)), 2) AS whole, round(list_sum(list_transform("
        f"json_extract_string(resource, {literal(parts)}), lambda x: TRY_CAST(x AS "
        f"DECIMAL(18, 4)))), 2) AS parts FROM fhir.{quoted(name)}"
        for name, whole, parts in _SUMS
        if name in facts.resource_types()
    )


def _sums(facts: Facts, _: Settings) -> str | None:
    sums = _summed(facts)
    return (
        f"SELECT type AS part, count(*) AS examined FROM ({sums}) WHERE whole IS NOT NULL AND "
        "parts IS NOT NULL GROUP BY type"
        if sums
        else None
    )


def _unequal(facts: Facts, _: Settings) -> str:
    return f"SELECT type AS part, type, id FROM ({_summed(facts)}) WHERE whole <> parts"


# What is charged, less what was paid and written off, is what the account is owed: open balances
# less credits, which old systems never net. An account with rows held back may do so without them.
_ACCOUNTS = (
    "SELECT account, arg_min(tbl, row) FILTER (measure = 'balance') AS tbl, min(row) FILTER "
    "(measure = 'balance') AS row, round(sum(signed), 2) AS whole, round(coalesce(sum(signed) "
    "FILTER (fate <> 'rejected'), 0), 2) AS went_on FROM (SELECT *, value * CASE measure WHEN "
    "'charges' THEN 1 WHEN 'credits' THEN 1 WHEN 'payments' THEN -1 WHEN 'adjustments' THEN -1 "
    "WHEN 'balance' THEN -1 END AS signed FROM run.money WHERE account IS NOT NULL AND "
    "fate IS DISTINCT FROM 'combined') GROUP BY account HAVING bool_or(measure = 'balance')"
)


def _accounts(facts: Facts, _: Settings) -> str | None:
    if not facts.has("run.money"):
        return None
    return f"SELECT 'accounts' AS part, count(*) AS examined FROM ({_ACCOUNTS})"


def _unbalanced(_: Facts, __: Settings) -> str:
    return (
        f"SELECT 'accounts' AS part, tbl, row FROM ({_ACCOUNTS}) WHERE whole <> 0 AND went_on <> 0"
    )


CHECKS = (
    QueryCheck(
        "money.ledger",
        "money",
        "CHK066",
        "charges less payments and adjustments are not the account's balance",
        _accounts,
        _unbalanced,
    ),
    QueryCheck(
        "money.missed-charges",
        "money",
        "CHK052",
        "the visit is finished and nothing was ever charged for it",
        _finished,
        _uncharged,
        {"visits": "", "charges": ""},
    ),
    QueryCheck(
        "money.stray-charges",
        "money",
        "CHK053",
        "the charge belongs to no visit",
        _charges,
        _stray,
    ),
    QueryCheck(
        "money.coverage-in-force",
        "money",
        "CHK054",
        "the coverage that was billed was not in force on the date of service",
        _covered,
        _not_in_force,
    ),
    QueryCheck(
        "money.payer-known",
        "money",
        "CHK055",
        "the coverage names no payer that has a number",
        _coverages,
        _unknown_payers,
    ),
    QueryCheck(
        "money.totals",
        "money",
        "CHK056",
        "the total is not the sum of its parts",
        _sums,
        _unequal,
    ),
)
