"""Plain text as a PDF, always the same bytes: Courier 10 on letter paper, no other parts needed."""

from __future__ import annotations

import textwrap

_WIDTH, _LINES = 85, 60
_CELL = 12
_TOP, _LEFT = 756, 51


def text_pdf(text: str) -> tuple[bytes, int] | None:
    """The PDF of a text and its number of pages; None for letters that its font does not have."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return None
    pages = [page for part in text.split("\f") for page in _pages(part)]
    return _document(pages), len(pages)


def _pages(text: str) -> list[list[str]]:
    lines: list[str] = []
    for line in text.expandtabs(8).splitlines() or [""]:
        lines += textwrap.wrap(line, _WIDTH, drop_whitespace=False, replace_whitespace=False) or [
            ""
        ]
    return [lines[at : at + _LINES] for at in range(0, len(lines), _LINES)]


def _document(pages: list[list[str]]) -> bytes:
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        content = _content(lines)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources "
            b"<< /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return pdf_of(objects)


def pdf_of(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def _content(lines: list[str]) -> bytes:
    shown = [b"BT /F1 10 Tf %d TL %d %d Td" % (_CELL, _LEFT, _TOP)]
    for line in lines:
        raw = line.encode("cp1252")
        for sign in (b"\\", b"(", b")"):
            raw = raw.replace(sign, b"\\" + sign)
        shown.append(b"(%s) Tj T*" % raw.replace(b"\r", b""))
    return b"\n".join([*shown, b"ET"])
