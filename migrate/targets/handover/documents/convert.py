"""A document as the desk takes it: PDF where it can be made, with its pages counted and opened.

Pictures (TIFF, PNG, JPEG, GIF) and the counting of pages need the extra part ``documents``
(Pillow, pypdf); without it they are handed over as they are and the index says so.
"""

from __future__ import annotations

import io
import logging
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.targets.handover.documents.kinds import (
    SUFFIXES,
    Kind,
    declared_kind,
    decoded,
    kind_of,
)
from migrate.targets.handover.documents.pdf import pdf_of, text_pdf
from migrate.targets.handover.documents.words import html_words, rtf_words

if TYPE_CHECKING:
    from PIL import Image

MISSING = "kept: the part 'documents' is not installed"
_PICTURES = frozenset({"tiff", "png", "jpeg", "gif"})
_MOST_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class Converted:
    """A document for the desk: its bytes and suffix, its pages (None: not counted), its state.

    ``state``: ``as it was``, ``made a PDF``, or ``kept: …`` with why it was not converted;
    ``listed`` says that a person must look at it. ``original`` is there where it was converted.
    """

    content: bytes
    suffix: str
    pages: int | None
    state: str
    listed: bool = False
    original: tuple[bytes, str] | None = None


def converted(raw: bytes, content_type: str | None, *, to_pdf: bool = True) -> Converted:
    """The document as the desk takes it; never fails, says in ``state`` what it could not do."""
    kind = kind_of(raw)
    told = declared_kind(content_type)
    wrong = f", declared as {told}" if told not in (None, kind) and kind != "empty" else ""
    made = _empty(raw) if kind == "empty" else _made(raw, kind, to_pdf=to_pdf)
    if not wrong:
        return made
    return Converted(made.content, made.suffix, made.pages, made.state + wrong, True, made.original)


def bound_together(pages: Sequence[bytes]) -> Converted | None:
    """One PDF of pages that the old system kept a file each, in their order.

    None where one of them is no picture that opens: then each stays a document of its own.
    ``original`` is that of no single file, so it is empty; the caller keeps all of them.
    """
    bodies: list[tuple[int, int, bytes, bytes]] = []
    for raw in pages:
        kind = kind_of(raw)
        found = _opened(raw) if kind in _PICTURES else None
        if not isinstance(found, list):
            return None
        bodies += [_page_of(page) for page in found]
    return Converted(_pictures_pdf(bodies), ".pdf", len(bodies), "made a PDF of single pages")


def _empty(raw: bytes) -> Converted:
    return Converted(raw, SUFFIXES["empty"], 0, "kept: no bytes", True)


def _made(raw: bytes, kind: Kind, *, to_pdf: bool) -> Converted:
    if kind == "pdf":
        pages, why = pdf_pages(raw)
        return _kept(raw, kind, why) if why else Converted(raw, ".pdf", pages, "as it was")
    if kind in _PICTURES:
        return _picture(raw, kind, to_pdf=to_pdf)
    if kind == "unknown":
        return _kept(raw, kind, "not a kind of document that is known")
    text = decoded(raw)
    if text is None:
        return _kept(raw, kind, "not readable as text")
    if not to_pdf:
        return Converted(raw, SUFFIXES[kind], None, "as it was")
    words, pictures = text, False
    if kind == "rtf":
        words, pictures = rtf_words(text)
    elif kind == "html":
        words, pictures = html_words(text)
    page = text_pdf(words)
    if page is None:
        return _kept(raw, kind, "letters that the PDF's font does not have")
    state = "made a PDF, its pictures are in the original only" if pictures else "made a PDF"
    return Converted(page[0], ".pdf", page[1], state, pictures, (raw, SUFFIXES[kind]))


def _kept(raw: bytes, kind: Kind, why: str) -> Converted:
    return Converted(raw, SUFFIXES[kind], None, f"kept: {why}", True)


def pdf_pages(raw: bytes) -> tuple[int | None, str | None]:
    """The pages of a PDF, each opened; or why it cannot be."""
    try:
        import pypdf
    except ImportError:
        return None, MISSING.removeprefix("kept: ")
    # What pypdf warns of may quote the document.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            return None, "needs a password"
        for page in reader.pages:
            page.get_contents()
        return len(reader.pages), None
    except Exception:  # whatever a broken file makes of a reader, it is kept and listed
        return None, "cannot be opened"


def _picture(raw: bytes, kind: Kind, *, to_pdf: bool) -> Converted:
    pages = _opened(raw)
    if pages is None:
        return Converted(raw, SUFFIXES[kind], None, MISSING, True)
    if isinstance(pages, str):
        return _kept(raw, kind, pages)
    if not to_pdf:
        return Converted(raw, SUFFIXES[kind], len(pages), "as it was")
    bodies = [_page_of(page) for page in pages]
    return Converted(
        _pictures_pdf(bodies), ".pdf", len(pages), "made a PDF", False, (raw, SUFFIXES[kind])
    )


def _opened(raw: bytes) -> list[Image.Image] | str | None:
    """The pages of a picture; or why it does not open, None without the part for it."""
    try:
        from PIL import Image, ImageSequence
    except ImportError:
        return None
    try:
        with _quietly(), Image.open(io.BytesIO(raw)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return "a picture too large to open"
            return [page.copy() for page in ImageSequence.Iterator(picture)]
    except Exception:  # whatever a broken file makes of a reader, it is kept and listed
        return "cannot be opened"


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings of a picture's reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _page_of(picture: Image.Image) -> tuple[int, int, bytes, bytes]:
    """Width, height, the colour space and the packed pixels of a page."""
    from PIL import Image

    if picture.mode == "1":
        space = b"/DeviceGray /BitsPerComponent 1"
    elif picture.mode in ("L", "I;16"):
        picture, space = picture.convert("L"), b"/DeviceGray /BitsPerComponent 8"
    else:
        if picture.mode in ("RGBA", "LA", "P", "PA"):
            whole = picture.convert("RGBA")
            paper = Image.new("RGBA", whole.size, "white")
            picture = Image.alpha_composite(paper, whole)
        picture, space = picture.convert("RGB"), b"/DeviceRGB /BitsPerComponent 8"
    return picture.width, picture.height, space, zlib.compress(picture.tobytes(), 6)


def _pictures_pdf(pages: list[tuple[int, int, bytes, bytes]]) -> bytes:
    """A PDF with a picture a page, as large as the paper allows, without any loss of pixels."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * n) for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
    ]
    for n, (width, height, space, data) in enumerate(pages):
        scale = min(612 / width, 792 / height)
        wide, high = b"%.2f" % (width * scale), b"%.2f" % (height * scale)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s %s] /Resources << /XObject << /I "
            b"%d 0 R >> >> /Contents %d 0 R >>" % (wide, high, 4 + 3 * n, 5 + 3 * n)
        )
        objects.append(
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /Filter "
            b"/FlateDecode /Length %d >>\nstream\n%s\nendstream"
            % (width, height, space, len(data), data)
        )
        drawn = b"q %s 0 0 %s 0 0 cm /I Do Q" % (wide, high)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
    return pdf_of(objects)
