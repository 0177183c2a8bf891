"""The words of RTF and HTML documents, as plain lines. Layout and pictures are not kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_RTF = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|(.)",
    re.DOTALL,
)
# Groups whose text is not the document's.
_ASIDE = frozenset(
    {
        *("fonttbl", "colortbl", "stylesheet", "info", "pict", "object"),
        *("listtable", "listoverridetable"),
        *("rsidtbl", "generator", "themedata", "colorschememapping", "datastore"),
    }
)
_LETTERS = {
    "par": "\n",
    "line": "\n",
    "page": "\f",
    "tab": "\t",
    "cell": "\t",
    "row": "\n",
    # A letterhead stands where it was written, on a line of its own.
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "\n"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "\n"),
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
}
_BLOCKS = frozenset(
    {
        *("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "ul", "ol", "pre", "hr", "section", "article"),
    }
)


def rtf_words(text: str) -> tuple[str, bool]:
    """The words of an RTF document, and whether it has pictures or objects that are not kept."""
    out: list[str] = []
    stack: list[tuple[bool, int]] = []
    aside, skip, after, pictures = False, 1, 0, False
    for match in _RTF.finditer(text):
        word, number, hexadecimal, symbol, brace, letter = match.groups()
        if brace == "{":
            stack.append((aside, skip))
        elif brace == "}":
            aside, skip = stack.pop() if stack else (False, 1)
        elif symbol == "*":
            aside = True
        elif word:
            pictures = pictures or word in ("pict", "object")
            aside = aside or word in _ASIDE
            if word == "uc" and number:
                skip = int(number)
            elif word == "u" and number and not aside:
                out.append(chr(int(number) % 0x10000))
                after = skip
            elif not aside and word in _LETTERS:
                out.append(_LETTERS[word])
        elif not aside:
            said = _said(hexadecimal, symbol, letter)
            if said and after:
                after -= 1
            else:
                out.append(said)
    return "".join(out), pictures


def _said(hexadecimal: str | None, symbol: str | None, letter: str | None) -> str:
    if hexadecimal:
        return bytes.fromhex(hexadecimal).decode("cp1252", errors="replace")
    if symbol:
        return {"~": " ", "_": "-", "-": ""}.get(symbol, symbol)
    return letter or ""


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.pictures = False
        self._aside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("script", "style"):
            self._aside += 1
        self.pictures = self.pictures or tag in ("img", "svg", "object", "embed", "canvas")
        if tag in _BLOCKS:
            self.out.append("\n")
        elif tag in ("td", "th"):
            self.out.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._aside = max(0, self._aside - 1)
        elif tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._aside:
            self.out.append(re.sub(r"\s+", " ", data))


def html_words(text: str) -> tuple[str, bool]:
    """The words of an HTML document, and whether it has pictures that are not kept."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.out)).strip() + "\n", reader.pictures
