"""The summary on one page: one page always, the page's numbers, the same bytes, nothing obeyed."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from migrate.report import words
from migrate.report.html import grouped_or_dash, number
from migrate.report.one_page import printable, summary_pdf
from migrate.report.view import report_document
from tests.report_facts import HOSTILE, facts, hostile, sheet

pypdf = pytest.importorskip("pypdf")


def text_of(pdf: bytes) -> str:
    """The words of its only page, blanks alike."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    return re.sub(r"\s+", " ", reader.pages[0].extract_text())


@pytest.mark.parametrize("accept", [False, True])
def test_numbers_are_those_of_the_document(accept: bool) -> None:
    document = report_document(facts(accept=accept))
    text = text_of(summary_pdf(document))
    assert document["verdict"] in text and document["sentence"] in text
    assert number(document["records"]) in text and number(document["rows"]["extracted"]) in text
    for line in document["money"]:
        for name in ("source", "mapped", "left_behind", "map_difference"):
            assert grouped_or_dash(line[name]) in text
    for finding in document["blocked_by"][:6]:
        assert finding["code"] in text
    agree = sum(1 for line in document["controls"] if line["difference"] in (0, "0.00"))
    total = len(document["controls"])
    assert words.PDF_CONTROLS.format(agree=agree, total=total) in text


def test_the_same_document_gives_the_same_bytes() -> None:
    document = report_document(facts())
    assert summary_pdf(document) == summary_pdf(document)


def test_hostile_names_are_inert_and_it_stays_one_page() -> None:
    pdf = summary_pdf(report_document(hostile()))
    text = text_of(pdf)
    assert words.PDF_UNPRINTABLE in text
    assert "<script" not in text and "HYPERLINK" not in text
    for obeyed in (b"/JavaScript", b"/JS", b"/AA", b"/OpenAction", b"/Annot", b"/URI", b"/Launch"):
        assert obeyed not in pdf


def test_markup_in_a_name_is_shown_and_not_read() -> None:
    made = replace(facts(), project='=HYPERLINK(1) <font size="90">&amp; (a) \\')
    text = text_of(summary_pdf(report_document(made)))
    assert '=HYPERLINK(1) <font size="90">&amp; (a) \\' in text


def test_very_many_of_everything_stay_on_one_page() -> None:
    whole = replace(sheet(), money=sheet().money * 40, controls=sheet().controls * 40)
    text_of(summary_pdf(report_document(replace(facts(), sheet=whole, project="Ä" * 100_000))))


@pytest.mark.parametrize("name", [HOSTILE, "山田クリニック", "عيادة", "a\u2067b", "e\u0301\u0302"])
def test_letters_that_the_page_lacks_are_said(name: str) -> None:
    assert printable(name) == words.PDF_UNPRINTABLE
