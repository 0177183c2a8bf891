"""The extractors of the tool keep the contract that plug-in authors are given."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from migrate.core.ports import Extractor, ExtractRequest
from migrate.extractors.ccda import CcdaExtractor
from migrate.extractors.delimited import DelimitedExtractor
from migrate.testing.extractor_contract import ExtractorContract
from tests import ccda_documents as cda

FILES = {
    "patients.csv": 'id,name,born\r\n1,"Doe, Ann",1970-01-02\r\n2,Roe,\r\n3,"Poe ""P""", \r\n',
    "visits/2023/visits.tsv": "id\tpatient\tnote\n10\t1\t\n11\t2\tbrief\n12\t3\n",
    "visits/2024/visits.tsv": "id\tpatient\tnote\n13\t1\tlong\n",
    "codes.psv": "code|text\n",
    "letters/letter.txt": "Dear colleague,\nthank you for seeing her, and so on.\n",
    "README.md": "what this is",
}
OPTIONS = {"ignore": ["README*"]}
EXPECTED = {"patients": (3, 0), "visits": (3, 1), "codes": (0, 0), "export_files": (2, 0)}


def write_export(folder: Path) -> None:
    """The export as files below a folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4\n%\xe2\xe3\n")


class TestDelimitedFolder(ExtractorContract):
    """A folder of delimited files, documents and an ignored file."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return DelimitedExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The folder."""
        write_export(folder / "export")
        return ExtractRequest(str(folder / "export"), OPTIONS)

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return EXPECTED


class TestDelimitedZip(TestDelimitedFolder):
    """The same, packed."""

    def export(self, folder: Path) -> ExtractRequest:
        """The archive."""
        write_export(folder / "export")
        with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((folder / "export").rglob("*")):
                archive.write(path, path.relative_to(folder / "export"))
        return ExtractRequest(str(folder / "export.zip"), OPTIONS)


class TestDelimitedFile(TestDelimitedFolder):
    """One file by itself."""

    def export(self, folder: Path) -> ExtractRequest:
        """The file."""
        path = folder / "patients.csv"
        path.write_bytes(FILES["patients.csv"].encode())
        return ExtractRequest(str(path))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (3, 0)}


class TestCcdaFolder(ExtractorContract):
    """CDA documents of two patients, one of them twice; a damaged one, and another file."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return CcdaExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The folder."""
        export = folder / "export"
        export.mkdir()
        first = cda.section("48765-2", cda.allergy(cda.coded("code", "91936005")), "<nothing/>")
        (export / "a.xml").write_bytes(cda.document(first))
        (export / "b.xml").write_bytes(cda.document(first, name="d2", time="20210102"))
        (export / "c.ccd").write_bytes(cda.document(name="d3", mrn="M2"))
        (export / "d.xml").write_bytes(cda.document(name="d4")[:-9])
        (export / "readme.txt").write_bytes(b"what this is")
        return ExtractRequest(str(export))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {
            "patients": (2, 0),
            "patient_headers": (1, 0),
            "documents": (3, 1),
            "allergies": (2, 0),
            "statements": (0, 2),
            "export_files": (5, 0),
        }
