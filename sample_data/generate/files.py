"""Small real files, byte for byte the same each time: PDF, TIFF, RTF and plain text."""

from __future__ import annotations

import struct


def pdf(lines: list[str]) -> bytes:
    """A one-page PDF 1.4 with these lines in Helvetica."""
    shown = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 60 730 Td {shown} ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def tiff(seed: int, width: int = 128, height: int = 64) -> bytes:
    """An uncompressed black-and-white TIFF: a frame, and bars that depend on ``seed``."""
    rows = []
    for y in range(height):
        edge = y in (0, height - 1)
        bars = bytes((seed * 37 + y * (x + 3)) % 251 if 8 < y < 56 else 0 for x in range(14))
        rows.append(b"\xff" * (width // 8) if edge else b"\x80" + bars + b"\x01")
    pixels = b"".join(rows)
    tags = (
        (256, 3, width),
        (257, 3, height),
        (258, 3, 1),
        (259, 3, 1),
        (262, 3, 0),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, height),
        (279, 4, len(pixels)),
    )
    directory = struct.pack("<H", len(tags))
    for tag, kind, value in tags:
        packed = struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
        directory += struct.pack("<HHI", tag, kind, 1) + packed
    head = struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
    return head + pixels + directory + struct.pack("<I", 0)


def rtf(lines: list[str]) -> bytes:
    """A rich-text letter."""
    body = "\\par\n".join(line.replace("\\", "\\\\") for line in lines)
    return (
        "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Times;}}\\f0\\fs22\n" + body + "\\par\n}\n"
    ).encode("cp1252", "replace")


def text(lines: list[str]) -> bytes:
    """A text file with the line ends of the old system."""
    return ("\r\n".join(lines) + "\r\n").encode()
