"""A section's narrative as HTML: all its words, its shape, and nothing that acts."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from migrate.report.narrative import narrative_html

ALLOWED = {"b", "i", "u", "p", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tfoot"}
ALLOWED |= {"tr", "th", "td", "br", "sub", "sup", "small", "strong", "del", "ins", "pre"}


class Read(HTMLParser):
    """Tags, attributes and words."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {f"{name}={value}" for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<list><item>a</item> <item>b</item></list>", "<ul><li>a</li><li>b</li></ul>"),
        ('<list listType="ordered"><item>a</item></list>', "<ol><li>a</li></ol>"),
        ('<content revised="delete">gone</content>', "<del>gone</del>"),
        ('<linkHtml href="javascript:alert(1)">x</linkHtml>', "x (javascript:alert(1))"),
        ('<renderMultiMedia referencedObject="M1"/>', "[picture M1]"),
        (
            "<table><caption>c</caption><tr><td>d</td></tr></table>",
            "<table><caption>c</caption><tr><td>d</td></tr></table>",
        ),
        ("<paragraph><caption>c</caption>p</paragraph>", "<p><strong>c</strong>p</p>"),
        ('<paragraph onclick="x" style="y">p</paragraph>', "<p>p</p>"),
        ("<script>s</script><style>t</style><img/>", "st"),
    ],
)
def test_what_becomes_of_each_element(markup: str, html: str) -> None:
    assert str(narrative_html(f'<text xmlns="urn:hl7-org:v3">{markup}</text>')) == html


def test_spans_are_whole_numbers_and_nothing_else() -> None:
    cells = '<td colspan="2">a</td><td rowspan="999999999">b</td><td colspan="2 onload=x">c</td>'
    found = Read(str(narrative_html(f"<text><table><tr>{cells}</tr></table></text>")))
    assert found.attributes == {"colspan=2"}


@pytest.mark.parametrize(
    "broken",
    [
        "<text>no end",
        '<!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/passwd">]><text>&e;</text>',
        "",
        "plain <script>alert(1)</script>",
        "<text>" + "<content>" * 5000 + "x" + "</content>" * 5000 + "</text>",
    ],
)
def test_what_is_no_xml_is_shown_as_text(broken: str) -> None:
    found = Read(str(narrative_html(broken)))
    assert found.tags <= {"pre"} and found.words == broken


def test_deep_and_long_narratives_keep_their_words() -> None:
    deep = "<content>" * 200 + "x" * 100_000 + "</content>" * 200
    assert Read(str(narrative_html(f"<text>{deep}</text>"))).words == "x" * 100_000


def test_marks_that_turn_text_around_are_replaced() -> None:
    assert str(narrative_html("<text>a\u202eb</text>")) == "a\ufffdb"


NAMES = ["paragraph", "list", "item", "table", "tr", "td", "content", "script", "iframe", "svg"]
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"))
PIECES = st.recursive(
    WORDS.map(lambda text: escape("".join(c for c in text if not "\x7f" <= c <= "\x9f"))),
    lambda inner: st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=4)).map(
        lambda made: f'<{made[0]} onload="x" styleCode="Bold">{"".join(made[1])}</{made[0]}>'
    ),
    max_leaves=12,
)


@given(PIECES)
@settings(max_examples=60, deadline=None)
def test_no_word_is_lost_and_nothing_else_gets_in(markup: str) -> None:
    whole = f"<text>{markup}</text>"
    found = Read(str(narrative_html(whole)))
    assert found.tags <= ALLOWED and not found.attributes
    words = "".join(etree.fromstring(whole).itertext())
    assert "".join(found.words.split()) == "".join(words.split())
