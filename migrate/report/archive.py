"""Pages of the archive: the old system's rows as they stood, for people, without a script.

Every text of the export is escaped; characters that a browser would obey (controls, and those
that turn the direction of text) are shown by their number, so that nothing is lost or hidden.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from migrate.report import archive_words, words
from migrate.report.html import policy

STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;color:#16202b;margin:1.2rem auto;max-width:76rem;"
    "padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}"
    "table{border-collapse:collapse}th,td{border-bottom:1px solid #d5dbe3;padding:.25rem .7rem "
    ".25rem 0;text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:pre-wrap;"
    "min-width:3rem}thead th{border-bottom:2px solid #16202b;white-space:normal}"
    ".s{overflow-x:auto}.r{border-top:1px solid #16202b;padding:.5rem 0;display:grid;"
    "grid-template-columns:minmax(8rem,14rem) 1fr;gap:.1rem 1rem}"
    ".r b{font-weight:550;color:#48566a;overflow-wrap:anywhere}.r span{overflow-wrap:anywhere;"
    "white-space:pre-wrap}.r .w{grid-column:1/3}.w,.e{color:#48566a;font-size:.88rem}"
    ".u{border:1px solid #8f1d14;font-size:.8rem;padding:0 .15rem}a{color:#0b4f5c}"
    "@media print{body{max-width:none;margin:0}}"
)
Documents = tuple[str, Mapping[str, str]]
ROW_MARK = re.compile(rb"<(?:tr|div) data-row>")
WIDE = 9
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]"
)
_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="referrer" content="no-referrer"><title>{title}</title>'
    '<style>{style}</style></head><body><main>\n<p class="w">{crumb}</p><h1>{title}</h1>\n'
)
# Wide tables scroll by themselves, with the keyboard too.
_ROWS = html.escape(archive_words.ARCHIVE_ROWS)
_SCROLLED = f'<div class="s" tabindex="0" role="group" aria-label="{_ROWS}">'
_FOOT = "</main></body></html>\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A row on a page: where it stood, what became of it, its cells."""

    at: str
    fate: str
    cells: Sequence[str | None]


def shown(text: str) -> str:
    """A text of the export as HTML: escaped, nothing in it is obeyed, nothing of it is lost.

    >>> shown("<b>\u202ex")
    '&lt;b&gt;<span class="u">U+202E</span>x'
    """
    escaped = html.escape(text.replace("\r\n", "\n"))
    return _OBEYED.sub(lambda m: f'<span class="u">U+{ord(m[0]):04X}</span>', escaped)


def page(title: str, up: str, crumb: str, body: Iterable[str]) -> str:
    """A whole page; ``up`` is the way to the index."""
    link = f'<a href="{up}">{html.escape(archive_words.ARCHIVE_TITLE)}</a> · {shown(crumb)}'
    head = _HEAD.format(policy=policy(STYLE), title=shown_title(title), style=STYLE, crumb=link)
    return head + "".join(body) + _FOOT


def shown_title(text: str) -> str:
    """A heading: cut, so that a name of 100,000 characters does not fill the page."""
    return (
        shown(text if len(text) <= 200 else text[:200] + "…")
        .replace('<span class="u">', "[")
        .replace("</span>", "]")
    )


def section(
    title: str, columns: Sequence[str], lines: Sequence[Line], documents: Documents
) -> Iterable[str]:
    """The rows of one table. Columns without a value in any of them are named and not drawn;
    rows of many columns are drawn as lists. ``documents``: the way up, and
    path in the export → link."""
    filled = [n for n in range(len(columns)) if any(line.cells[n] for line in lines)]
    empty = [columns[n] for n in range(len(columns)) if n not in set(filled)]
    yield f"<section><h2>{shown_title(title)} ({len(lines):,})</h2>\n"
    rows = _listed if len(filled) > WIDE else _tabled
    yield from rows(columns, filled, lines, documents)
    if empty:
        names = ", ".join(map(shown, empty))
        yield f'<p class="e">{html.escape(archive_words.ARCHIVE_EMPTY)} {names}</p>'
    yield "</section>\n"


def _tabled(
    columns: Sequence[str], filled: Sequence[int], lines: Sequence[Line], documents: Documents
) -> Iterable[str]:
    heads = "".join(f'<th scope="col">{shown(columns[n])}</th>' for n in filled)
    extra = "".join(
        f'<th scope="col">{html.escape(t)}</th>' for t in archive_words.ARCHIVE_ROW_HEADS
    )
    yield f"{_SCROLLED}<table><thead><tr>{heads}{extra}</tr></thead><tbody>\n"
    for line in lines:
        cells = "".join(f"<td>{_cell(line.cells[n], documents)}</td>" for n in filled)
        fate = html.escape(words.FATE_WORDS.get(line.fate, line.fate))
        place = f'<td class="w">{shown(line.at)}</td><td class="w">{fate}</td>'
        yield f"<tr data-row>{cells}{place}</tr>\n"
    yield "</tbody></table></div>"


def _listed(
    columns: Sequence[str], filled: Sequence[int], lines: Sequence[Line], documents: Documents
) -> Iterable[str]:
    for line in lines:
        fate = words.FATE_WORDS.get(line.fate, line.fate)
        yield "<div data-row>" + '<div class="r">'
        yield f'<span class="w">{shown(line.at)} · {html.escape(fate)}</span>'
        for n in filled:
            if line.cells[n]:
                yield f"<b>{shown(columns[n])}</b><span>{_cell(line.cells[n], documents)}</span>"
        yield "</div></div>\n"


def _cell(value: str | None, documents: Documents) -> str:
    if not value:
        return ""
    up, links = documents
    link = links.get(document_key(value)) if links and len(value) < 500 else None
    return f'<a href="{up}{link}">{shown(value)}</a>' if link else shown(value)


def document_key(path: str) -> str:
    """A document's path as rows name it: slashes one way, case let go."""
    return path.replace("\\", "/").strip().lstrip("./").casefold()


def index_table(
    heads: Sequence[str], rows: Iterable[Sequence[tuple[str, str | None]]]
) -> Iterable[str]:
    """A table of texts, each with or without a link (which is ours, never of the export)."""
    yield f"{_SCROLLED}<table><thead><tr>"
    yield "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>\n"
    for row in rows:
        cells = (
            f'<td><a href="{link}">{shown_title(text)}</a></td>'
            if link
            else f"<td>{shown_title(text)}</td>"
            for text, link in row
        )
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"


def paragraph(text: str) -> str:
    """Our own words as a paragraph."""
    return f"<p>{shown(text)}</p>\n"
