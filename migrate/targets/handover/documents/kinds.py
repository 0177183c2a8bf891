"""What a document is, by its first bytes; its name and declared type are often wrong."""

from __future__ import annotations

from typing import Literal

Kind = Literal["pdf", "tiff", "png", "jpeg", "gif", "rtf", "html", "text", "empty", "unknown"]
SUFFIXES: dict[Kind, str] = {
    "pdf": ".pdf",
    "tiff": ".tif",
    "png": ".png",
    "jpeg": ".jpg",
    "gif": ".gif",
    "rtf": ".rtf",
    "html": ".html",
    "text": ".txt",
    "empty": ".empty",
    "unknown": ".bin",
}
_DECLARED: dict[str, Kind] = {
    "application/pdf": "pdf",
    "image/tiff": "tiff",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
}
_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"{\\rtf", "rtf"),
)


def kind_of(raw: bytes) -> Kind:
    """The kind of a document's bytes."""
    if not raw:
        return "empty"
    for mark, kind in _MARKS:
        if raw.startswith(mark):
            return kind
    if b"%PDF-" in raw[:1024]:
        return "pdf"
    head = raw[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<div", b"<p>")):
        return "html"
    return "unknown" if decoded(raw) is None else "text"


def declared_kind(content_type: str | None) -> Kind | None:
    """The kind that a media type names; None for one that is not known here."""
    return _DECLARED.get((content_type or "").partition(";")[0].strip().lower())


def decoded(raw: bytes) -> str | None:
    """The text of bytes, UTF-8 or else Windows-1252; None where they are no text."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        controls = sum(1 for letter in text if letter < " " and letter not in "\t\r\n\f")
        return text if controls == 0 else None
    return None
