"""``make handover-pictures``: converted documents as pictures, for a person's eye.

Argument: a folder. It gets the original pages of invented TIFF files and an RTF letter, the PDFs
made of them, and the pages of each PDF as PDFium draws them. pypdfium2 is not one of the project's
parts: ``uv pip install --target DIR pypdfium2``, then ``PYTHONPATH=DIR make handover-pictures``.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from migrate.targets.handover.documents import bound_together, converted

LETTER = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times New Roman;}}\f0\fs24
{\b Example Clinic}\par 12 Invented Lane\par\par Dear Dr. Quill,\par\par
{\i Ada Example} was seen for Gr\'fc\'dfe and na\'efve cough \endash  3\u178?2 days.\par
\bullet  Dose:\tab 40 mg\par \bullet  Weight:\tab 70.5 kg\par\par
{\trowd\cellx2000\cellx4000 Test\cell Value\cell\row\trowd Hemoglobin\cell 13.2 g/dL\cell\row}
\page Second page: no known allergies.\par}"""


def page(number: int, mode: str, size: tuple[int, int] = (850, 1100)) -> Image.Image:
    """An invented scan: a frame, a diagonal, its number, a corner mark that shows orientation."""
    white, black = (1, 0) if mode == "1" else (255, 0)
    if mode == "RGB":
        white, black = (255, 255, 255), (160, 0, 60)  # type: ignore[assignment]
    picture = Image.new(mode, size, white)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 20, size[0] - 20, size[1] - 20), outline=black, width=6)
    draw.line((20, 20, size[0] - 20, size[1] - 20), fill=black, width=2)
    draw.rectangle((60, 60, 200, 120), fill=black)
    draw.text((260, 80), f"Invented scan, page {number}, mode {mode}", fill=black, font_size=32)
    return picture


def tiff(pages: list[Image.Image], **how: object) -> bytes:
    """A TIFF of these pages."""
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], **how)
    return out.getvalue()


def samples() -> dict[str, tuple[list[Image.Image], bytes]]:
    """Name → its pages before, and the PDF after."""
    bitonal = [page(n, "1") for n in (1, 2)]
    mixed = [page(1, "L"), page(2, "RGB", (1100, 850))]
    single = [page(n, "1") for n in (1, 2, 3)]
    bound = bound_together([tiff([one], compression="group4") for one in single])
    assert bound is not None
    fax = converted(tiff(bitonal, compression="group4"), "image/tiff")
    return {
        "tiff-group4": (bitonal, fax.content),
        "tiff-lzw-gray-and-colour": (
            mixed,
            converted(tiff(mixed, compression="tiff_lzw"), "image/tiff").content,
        ),
        "tiff-a-file-a-page": (single, bound.content),
        "rtf-letter": ([], converted(LETTER, "application/rtf").content),
    }


def drawn(path: Path) -> Iterator[Image.Image]:
    """The pages of a PDF as pictures."""
    try:
        pdfium = importlib.import_module("pypdfium2")
    except ImportError:
        raise SystemExit(
            "pypdfium2 is not there: see the head of tests/handover/pictures.py"
        ) from None
    document = pdfium.PdfDocument(path)
    for n in range(len(document)):
        yield document[n].render(scale=1).to_pil()


def main(folder: Path) -> int:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (pages, pdf) in samples().items():
        for n, one in enumerate(pages, 1):
            one.save(folder / f"{name}-before-{n}.png")
        path = folder / f"{name}.pdf"
        path.write_bytes(pdf)
        for n, picture in enumerate(drawn(path), 1):
            picture.save(folder / f"{name}-after-{n}.png")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
