"""The narrative of a CDA section as HTML: its words and its shape, and nothing that acts.

Only what the narrative block of CDA R2 (section 4.3.5) has a meaning for becomes an element; no
attribute is taken over but whole numbers of spanned cells. Links and pictures are named in words.
Text that was marked as deleted is shown struck out: its meaning is that it no longer holds.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

LONGEST_MARKUP = 2_000_000
DEEPEST = 40
_PLAIN = {
    "sub": "sub", "sup": "sup", "paragraph": "p", "item": "li", "table": "table",
    "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "tr": "tr", "th": "th", "td": "td",
    "footnote": "small",
}  # fmt: skip
_STYLES = (("bold", "b"), ("italics", "i"), ("underline", "u"))
_SPANS = ("colspan", "rowspan")
# Children of these are elements; white space between them is layout of the file.
_TIGHT = frozenset({"table", "thead", "tbody", "tfoot", "tr", "list"})


def narrative_html(markup: str) -> Markup:
    """A section's ``text`` element. What cannot be read as XML is shown as the text it is.

    >>> str(narrative_html('<text>a <content styleCode="Bold">b</content><b>c</b></text>'))
    'a <b>b</b>c'
    """
    from lxml import etree
    from markupsafe import Markup

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        if len(markup) > LONGEST_MARKUP or "<!DOCTYPE" in markup[:2000].upper():
            raise ValueError
        root = etree.fromstring(markup.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return Markup(f"<pre>{_safe(markup[:LONGEST_MARKUP])}</pre>")
    out: list[str] = []
    _inside(root, out, 0)
    return Markup("".join(out))


def _inside(element: Any, out: list[str], depth: int) -> None:
    """The words and elements within, then nothing of the element itself."""
    tight = _name(element) in _TIGHT
    _words(element.text, out, tight=tight)
    for child in element:
        if depth < DEEPEST:
            _element(child, out, depth + 1)
        else:
            _words("".join(child.itertext()), out, tight=False)
        _words(child.tail, out, tight=tight)


def _element(element: Any, out: list[str], depth: int) -> None:
    name = _name(element)
    if name == "br":
        out.append("<br>")
        return
    if name == "renderMultiMedia":
        out.append(f"[picture {_safe(element.get('referencedObject') or '')}]")
    around = _around(element, name)
    out += [f"<{tag}{_spans(element) if tag in ('td', 'th') else ''}>" for tag in around]
    _inside(element, out, depth)
    out += [f"</{tag}>" for tag in reversed(around)]
    if name == "linkHtml" and element.get("href"):
        out.append(f" ({_safe(element.get('href'))})")


def _around(element: Any, name: str) -> list[str]:
    """The HTML elements that stand for this one, outermost first."""
    if name == "list":
        return ["ol" if element.get("listType") == "ordered" else "ul"]
    if name == "caption":
        parent = element.getparent()
        return ["caption"] if parent is not None and _name(parent) == "table" else ["strong"]
    tags = [_PLAIN[name]] if name in _PLAIN else []
    style = (element.get("styleCode") or "").lower()
    if name in ("content", "paragraph", "item", "td", "th"):
        tags += [tag for word, tag in _STYLES if word in style.split()]
    revised = {"delete": "del", "insert": "ins"}.get(element.get("revised") or "")
    return [*tags, revised] if revised else tags


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _spans(element: Any) -> str:
    found = []
    for name in _SPANS:
        value = (element.get(name) or "").strip()
        if value.isascii() and value.isdigit() and 1 < int(value[:6]) <= 100:
            found.append(f' {name}="{int(value[:6])}"')
    return "".join(found)


def _words(text: str | None, out: list[str], *, tight: bool) -> None:
    if text and (not tight or text.strip()):
        out.append(_safe(text))


def _safe(text: str) -> str:
    """Escaped, and with nothing that turns the text around it."""
    from migrate.report.html import directed

    return escape(str(directed(text)))
