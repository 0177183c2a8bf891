"""The evidence edition: values behind the counts, inert whatever they are, and no more than fit."""

from decimal import Decimal

from migrate.core.reconcile.accounts import AccountDifference
from migrate.report import words
from migrate.report.evidence import SHOWN, AccountLine, Evidence
from migrate.report.html import report_page
from migrate.report.view import report_document
from tests.report_facts import HOSTILE, facts
from tests.unit.report.test_page import ALLOWED_TAGS, Page


def filled(text: str, many: int) -> Evidence:
    evidence = Evidence()
    for n in range(many):
        evidence.keep_name(("allergies", "text-only", f"{text}{n}", text, 2, 1))
    evidence.keep_codes([("allergen", f"{text}{n}", "t", "c", "reject", 1) for n in range(many)])
    evidence.keep_accounts(
        AccountLine("charges", "USD", text, "t", n, 1, "rejected", "MAP010", Decimal(n))
        for n in range(many)
    )
    evidence.keep_aged(
        [AccountDifference("A/R 0-30", f"{text}{n}", Decimal(n), None) for n in range(many)]
    )
    return evidence


def test_values_are_on_the_page_and_say_where_they_stay() -> None:
    page = report_page(report_document(facts()), filled("Tree nut", 3))
    assert "Tree nut2" in page
    assert words.EVIDENCE_EDITION.replace("'", "&#39;") in page
    assert words.MAILED_EDITION not in page
    plain = report_page(report_document(facts()))
    assert "Tree nut" not in plain and words.MAILED_EDITION in plain


def test_hostile_values_are_inert() -> None:
    page = report_page(report_document(facts()), filled(HOSTILE + "x" * 100_000, 2))
    parsed = Page(page)
    assert parsed.open == [] and {tag for tag, _ in parsed.tags} <= ALLOWED_TAGS
    assert "\u202e" not in page and len(page) < 300_000


def test_the_page_is_bounded_and_names_the_file_with_the_rest() -> None:
    evidence = filled("x", SHOWN + 7)
    page = report_page(report_document(facts()), evidence)
    assert page.count(words.MORE_IN.format(count=7, file="lists/alerting.csv")) == 1
    assert page.count(words.MORE_IN.format(count=7, file="lists/money-accounts.csv")) == 1
    assert page.count(words.MORE_IN.format(count=7, file="lists/codes-without-match.csv")) == 1
    assert page.count(words.MORE_IN.format(count=7, file="lists/aging-accounts.csv")) == 1
    assert evidence.accounts[0]["amount"] == f"{SHOWN + 6}.00"
