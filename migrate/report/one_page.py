"""The report on one page, as PDF: the verdict, the counts, the reasons, the money.

Drawn from the same document as the page and holding nothing that the page does not: counts and
names of tables and measures. The same document gives the same bytes (no clock, no random id).
Its letters are the PDF standard's own, so that nothing need be embedded; a name with others
(another script, marks that turn text around) is not shown here, and the page says where it is.
Contents are not compressed: what is in the file can be searched for.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from migrate.report import words
from migrate.report.html import capital, grouped_or_dash, instant, number, percent
from migrate.report.text import grouped

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

Document = Mapping[str, Any]
LONGEST, FIRST, MEASURE = 160, 6, 40
INK, SOFT, GOOD, BAD = "#16202b", "#48566a", "#0b4f5c", "#8f1d14"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
#: Shades that stay apart in black and white, for the bar of all rows.
_SHADES = {"mapped": 0.2, "merged": 0.45, "excluded": 0.7, "rejected": 0.88, "residual": 1.0}


def summary_pdf(document: Document) -> bytes:
    """One Letter page. ``document`` is that of :func:`migrate.report.view.report_document`."""
    from reportlab.lib.pagesizes import letter
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Frame, KeepInFrame

    width, height = letter
    margin = 46
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, pageCompression=0, invariant=1, lang="en")
    title = words.PDF_TITLE.format(project=printable(document["project"]))
    canvas.setTitle(title)
    canvas.setSubject(words.EDITION[document["edition"]])
    canvas.setAuthor("ehr-migrate")
    inner = (width - 2 * margin, height - 2 * margin)
    whole = KeepInFrame(*inner, list(_parts(document)), mode="shrink")
    Frame(margin, margin, *inner, 0, 0, 0, 0).addFromList([whole], canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def printable(text: str) -> str:
    """A text out of the data in letters that the page has; cut; nothing in it is obeyed.

    >>> printable("Praxis Müller"), printable("<b>\\u202ex")
    ('Praxis Müller', "(a name that this page's letters cannot write; see index.html)")
    """
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    try:
        _CONTROL.sub(" ", short).encode("cp1252")
    except UnicodeEncodeError:
        return words.PDF_UNPRINTABLE
    return _CONTROL.sub(" ", short)


def _parts(d: Document) -> Iterable[Flowable]:
    from reportlab.platypus import Spacer

    yield _text(words.EDITION[d["edition"]].upper(), 8, SOFT)
    yield _text(printable(d["project"]), 19, INK, bold=True)
    yield _text(f"{instant(d['exported_at'])} · {printable(d['target'])} · {d['run']}", 8.5, SOFT)
    yield Spacer(0, 8)
    yield _boxed(d)
    yield from _headed(words.PDF_ACROSS, _across(d))
    yield _bar(d["rows"])
    yield _text(words.PDF_BAR, 7.5, SOFT)
    yield from _headed(words.PDF_DECIDE, _decide(d))
    yield from _headed(words.PDF_BEHIND, _behind(d))
    yield from _headed(words.TITLES["alerts"], _alerts(d))
    yield from _headed(words.PDF_MONEY, ())
    yield from _money(d)
    yield Spacer(0, 10)
    digests = {"input": d["input_digest"][:16], "profile": d["profile_digest"][:16]}
    foot = words.PDF_FOOTER.format(version=d["tool_version"], run=d["run"], **digests)
    yield _text(foot, 7, SOFT)


def _text(text: str, size: float, colour: str = INK, *, bold: bool = False) -> Flowable:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        f"{size}{bold}",
        fontName="Helvetica-Bold" if bold else "Helvetica",
        fontSize=size,
        leading=size * 1.28,
        textColor=HexColor(colour),
        splitLongWords=1,
    )
    return Paragraph(escape(text, quote=False), style)


def _headed(title: str, lines: Iterable[str]) -> Iterable[Flowable]:
    from reportlab.platypus import Spacer

    yield Spacer(0, 8)
    yield _text(title, 11, GOOD, bold=True)
    for line in lines:
        yield _text(f"– {line}", 9)


def _boxed(d: Document) -> Flowable:
    """The answer, in a box whose border and word say the same."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    colour = GOOD if d["good"] else BAD
    cells = [[_text(d["verdict"], 15, colour, bold=True)], [_text(d["sentence"], 10)]]
    table = Table(cells, colWidths=[518])
    table.setStyle([("BOX", (0, 0), (-1, -1), 1.4, HexColor(colour))])
    return table


def _across(d: Document) -> list[str]:
    rows, patients = d["rows"], d["patients"]
    parts = [
        f"{number(rows[fate])} {words.FATE_WORDS[fate].lower()}"
        for fate in ("mapped", "merged", "excluded", "rejected")
    ]
    parts.append(f"{number(rows['residual'])} {words.FATE_WORDS['unaccounted'].lower()}")
    counts = {name: number(patients[name]) for name in ("mapped", "extracted")}
    return [
        words.PDF_PATIENTS.format(**counts),
        words.PDF_RECORDS.format(records=number(d["records"])),
        words.PDF_ROWS.format(rows=number(rows["extracted"]), parts=" + ".join(parts)),
        words.COMPLETENESS[d["completeness"]],
    ]


def _bar(rows: Document) -> Flowable:
    from reportlab.graphics.shapes import Drawing, Rect
    from reportlab.lib.colors import Color

    drawing = Drawing(518, 16)
    x, total = 0.0, max(int(rows["extracted"]), 1)
    for fate, shade in _SHADES.items():
        wide = 518 * max(int(rows[fate]), 0) / total
        if wide:
            fill = Color(shade, shade, shade)
            drawing.add(Rect(x, 2, wide, 11, fillColor=fill, strokeColor=Color(0, 0, 0)))
        x += wide
    return drawing


def _decide(d: Document) -> list[str]:
    found = [
        f"{words.SAFETY_TAG + ': ' if f['severity'] == 'safety' else ''}"
        f"{printable(capital(f['shown']))} ({f['code']})"
        for f in d["blocked_by"]
    ]
    return _some(found)


def _behind(d: Document) -> list[str]:
    found = [
        f"{_rows(reason['rows'])}, {words.FATE_WORDS[reason['fate']].lower()}: "
        f"{printable(reason['title'])}"
        for reason in d["reasons"]
    ]
    return _some(found)


def _rows(count: int) -> str:
    return words.ONE_ROW if count == 1 else words.ROWS.format(rows=number(count))


def _short(name: str) -> str:
    """A measure's name that fits its column."""
    return name if len(name) <= MEASURE else name[: MEASURE - 1] + "…"


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - FIRST
    rest = [words.PDF_MORE.format(count=number(more))] if more > 0 else []
    return [*lines[:FIRST], *rest] or [words.NOTHING]


def _alerts(d: Document) -> list[str]:
    lines = [
        words.PDF_ALERT.format(
            kind=words.KIND_WORDS[a["kind"]],
            alerts=number(a["alerts"]),
            text=number(a["text-only"]),
            other=number(a["not-in-force"] + a["none-known"]),
        )
        for a in d["alerting"]
    ]
    lines += [
        f"{words.ALERT_WORDS[a['kind']][0]}: {a['coded']:,} of {a['records']:,} "
        f"({percent(a['coded'], a['records'])}) {words.ALERT_WORDS[a['kind']][1]}"
        for a in d["alerts"]
        if a["kind"] not in words.KIND_WORDS and a["records"]
    ]
    rows = sum(gap["rows"] for gap in d["codes"])
    codes = words.PDF_CODES.format(rows=_rows(rows)) if rows else words.PDF_CODES_NONE
    return [*lines, capital(codes)]


def _money(d: Document) -> Iterable[Flowable]:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    if not d["money"]:
        yield _text(words.NO_MONEY, 9)
        return
    heads = (words.COL_MEASURE, words.COL_SOURCE, words.COL_MOVED, words.COL_LEFT)
    cells = [[*heads, words.COL_DIFFERENCE]]
    names = ("source", "mapped", "left_behind", "map_difference")
    for line in d["money"][:14]:
        label = f"{_short(printable(line['measure']))} ({printable(line['currency'])[:5]})"
        cells.append([label, *(grouped_or_dash(line[name]) for name in names)])
    table = Table(cells, colWidths=[210, 77, 77, 77, 77], rowHeights=12.5)
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), "Helvetica", 8.5),
            ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#d5dbe3")),
        ]
    )
    yield table
    if len(d["money"]) > 14:
        yield _text(words.PDF_MORE.format(count=len(d["money"]) - 14), 8, SOFT)
    aging = d["aging"]
    if aging and aging["total_name"]:
        ties = words.AGES_DO_NOT_TIE if Decimal(aging["total_difference"]) else words.AGES_TIE
        amounts = {name: grouped(aging[f"total_{name}"]) for name in ("old", "difference")}
        name = printable(aging["total_name"])
        said = ties.format(name=name, total=amounts["old"], difference=amounts["difference"])
        yield _text(said, 9)
    controls = d["controls"]
    if controls:
        given = [line["difference"] for line in controls if line["difference"] is not None]
        agree = sum(1 for difference in given if not Decimal(str(difference)))
        said = words.PDF_CONTROLS.format(agree=number(agree), total=number(len(controls)))
        yield _text(capital(said), 9)
