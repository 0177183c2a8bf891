"""The page: self-contained, inert whatever the names are, and its numbers are the JSON's."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from migrate.core.gate import judge
from migrate.report import words
from migrate.report.html import instant, percent, report_page
from migrate.report.view import report_document
from tests.report_facts import HOSTILE, facts, hostile, sheet

ALLOWED_TAGS = set(
    """html head meta title style body a svg defs pattern rect circle path line text desc header p
    h1 h2 h3 section span ul ol li dl div dt dd nav main table caption thead tbody tr th td code
    b bdi figure figcaption footer""".split()  # noqa: SIM905
)
FETCHING = {"src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster"}
FETCHING |= {"background", "ping", "manifest"}


class Page(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "circle", "path", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "circle", "path", "line"):
            assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data.strip())


@pytest.fixture(scope="module", params=["not ready", "ready", "hostile"])
def page(request: pytest.FixtureRequest) -> str:
    """Each of the pages."""
    made = {
        "not ready": facts,
        "ready": lambda: facts(accept=True),
        "hostile": hostile,
    }[request.param]()
    return report_page(report_document(made))


def test_tags_are_whole_and_known(page: str) -> None:
    parsed = Page(page)
    assert parsed.open == []
    assert {tag for tag, _ in parsed.tags} <= ALLOWED_TAGS


def test_nothing_is_asked_of_the_network(page: str) -> None:
    for tag, attributes in Page(page).tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name != "style", f"<{tag}> has an inline style, which the policy refuses"
            if name in FETCHING:
                assert tag == "a" and (value or "").startswith("#"), (tag, name, value)
    css = page.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|expression\(", css)
    assert "://" not in "".join(value or "" for _, a in Page(page).tags for value in a.values())


def test_the_policy_allows_its_own_style_and_no_more(page: str) -> None:
    css = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = next(a["content"] for t, a in Page(page).tags if a.get("http-equiv"))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_links_lead_somewhere_and_labels_exist(page: str) -> None:
    tags = Page(page).tags
    ids = [a["id"] for _, a in tags if a.get("id")]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        for name in (attributes.get("aria-labelledby") or "").split():
            assert name in ids
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            assert attributes.get("role") == "img"
            assert attributes.get("aria-labelledby") or attributes.get("aria-label")


def test_hostile_names_are_inert_and_cut() -> None:
    page = report_page(report_document(hostile()))
    assert "<script" not in page
    assert "\u202e" not in page
    assert len(page) < 200_000
    texts = " ".join(Page(page).texts)
    assert HOSTILE.replace("\u202e", "\ufffd") in texts


def numbers(value: object) -> Iterator[str]:
    """Every number of a document as the page may write it."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield f"{value:,}"
    elif isinstance(value, str):
        yield from re.findall(r"\d[\d,.]*", value)
        if re.fullmatch(r"-?\d+\.\d\d", value):
            yield f"{int(value.split('.')[0]):,}.{value.split('.')[1]}"
    elif isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        yield f"{len(value):,}"
        for part in value:
            yield from numbers(part)


def test_every_number_of_the_page_stands_in_the_json() -> None:
    document = report_document(facts())
    known = {text.strip(".,") for text in numbers(document)}
    known |= {text.strip(".,") for value in vars(words).values() for text in _digits(value)}
    derived = {
        f"{sum(r['rows'] for r in document['reasons'] if r['fate'] == fate):,}"
        for fate in ("rejected", "excluded")
    }
    derived |= {"100%", "1%"}
    derived |= {percent(a["coded"], a["records"]) for a in document["alerts"]}
    shown = set()
    for text in Page(report_page(document)).texts:
        shown |= {found.strip(".,") for found in re.findall(r"(?<![\w-])\d[\d,.]*%?", text)}
    exported = instant(document["exported_at"])
    unknown = {n for n in shown if n not in known | derived and n not in exported}
    assert unknown == set()


def _digits(value: object) -> list[str]:
    return re.findall(r"\d[\d,.]*", value) if isinstance(value, str) else []


def test_a_ready_run_says_what_is_not_shown() -> None:
    ready = facts(accept=True)
    assert "name more than the export holds" in report_document(ready)["sentence"]
    blind = replace(ready, sheet=replace(ready.sheet, controls=(), controls_given=False))
    assert "Nothing shows yet that the export held everything" in report_document(blind)["sentence"]
    agreeing = tuple(c for c in ready.sheet.controls if not c.difference)
    whole = replace(ready, sheet=replace(ready.sheet, controls=agreeing))
    assert report_document(whole)["sentence"].endswith("by name.")


def test_sections_in_the_order_of_the_readers_questions() -> None:
    page = report_page(report_document(facts()))
    heads = re.findall(r"<h2[^>]*>(?:<span[^>]*>.</span>)?([^<]+)</h2>", page)
    assert heads == [words.NOT_READY, *(title for _, title in words.SECTIONS)]


def test_a_stage_not_reached_is_a_dash_never_a_zero() -> None:
    document = report_document(facts())
    assert document["reconciliation"]["resources"][0]["loaded"] is None
    row = re.search(r'<th scope="row">Patient</th>(.*?)</tr>', report_page(document), re.DOTALL)
    assert row is not None
    assert re.findall(r">([^<>\s]+)<", row[1]) == ["143", "–", "–"]


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "–"), (0, 5, "0%"), (5, 5, "100%"), (9999, 10000, "99.9%"), (1, 10000, "0.1%")],
)
def test_a_share_gives_no_false_comfort(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


def test_instants_for_people() -> None:
    assert instant("2026-01-15T18:00:00-06:00") == "15 January 2026, 18:00 (UTC-06:00)"
    assert instant("2026-01-15T18:00:00Z") == "15 January 2026, 18:00 (UTC)"
    assert instant("sometime") == "sometime"


@pytest.mark.parametrize(
    ("loaded", "read_back", "title"),
    [
        (142, None, words.NOT_LOADED),
        (143, None, words.LOADED),
        (143, 142, words.NOT_MATCHED),
        (143, 143, words.MATCHED),
    ],
)
def test_the_verdict_after_loading(loaded: int, read_back: int | None, title: str) -> None:
    line = replace(sheet().resources[0], loaded=loaded, read_back=read_back)
    money = tuple(replace(one, loaded=one.mapped) for one in sheet().money)
    after = replace(sheet(), resources=(line,), money=money)
    document = report_document(
        replace(facts(accept=True), edition="after", sheet=after, gate=judge((), ()))
    )
    assert document["verdict"] == title
    assert document["good"] is (title == words.MATCHED)
    assert "143 records" in document["sentence"]
    assert f"</span>{title}</h2>" in report_page(document)
