"""``make handover-through``: practices through the command line to import desks and back.

init, dry-run, sign, the canary's package and its way back, a person's word, load, verify, and
`verify --from` of both packages as the new EHR's export. What closes the gate is accepted by an
invented person, as a practice would. Arguments: names of practices (riverbend, synthea) and of
layouts. 0 when every command answered as it must and everything came back as it was.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
import tempfile
from pathlib import Path

from lxml import etree

from tests.cli.run import Answer, ehr_migrate, riverbend_project
from tests.handover.cda_schema import faults
from tests.shared import shared_folder

DESKS = ("spreadsheet-desk", "ccda-desk")
PERSON = "Ada Example (demonstration)"


def main(words: list[str]) -> int:
    """Take each practice through each desk; print a line each."""
    practices = [word for word in words if not word.endswith("-desk")] or ["riverbend", "synthea"]
    desks = [word for word in words if word.endswith("-desk")] or list(DESKS)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="through-") as scratch:
        for practice in practices:
            for desk in desks:
                try:
                    said = through(Path(scratch) / f"{practice}-{desk}", practice, desk)
                except AssertionError as error:
                    wrong, said = wrong + 1, f"FAILED: {error}"
                sys.stdout.write(f"{practice}, {desk}: {said}\n")
                sys.stdout.flush()
    return int(wrong > 0)


def through(folder: Path, practice: str, desk: str) -> str:
    """The whole way of one practice through one desk; what came of it."""
    project = riverbend_project(folder) if practice == "riverbend" else synthea_project(folder)
    settings = project / "migration.toml"
    target = (
        f'[target]\nkind = "handover"\naddress = "handover"\n[target.options]\nlayout = "{desk}"\n'
    )
    settings.write_text(re.sub(r"\[target\][^\[]*", lambda _: target, settings.read_text()))
    accept(project, asked(project, 10, "dry-run", "--json"))
    asked(project, 0, "dry-run", "--json")
    asked(project, 0, "sign", "--as", PERSON, "--role", "clinical")
    refused = asked(project, 21, "load", "--json")
    assert refused.document["error"]["code"] == "LOD070", "the flood was let in before the canary"
    asked(project, 0, "load", "--canary")
    (canary,) = (project / "handover").glob(f"{desk}-*-canary")  # not the hidden folder beside it
    first = compared(project, exported(canary, project / "their-first-export"))
    asked(project, 0, "load", "--canary-ok", PERSON)
    alone = asked(project, 10, "verify", "--json").document
    assert alone["findings"] == {"LOD034": 1}, "more is wrong than that a desk proves nothing"
    export = project / "their-export"
    exported(canary, export / "first")
    exported(whole(project), export / "rest")
    all_ = compared(project, export if desk == "ccda-desk" else joined(export))
    valid = schema(project / "handover") if desk == "ccda-desk" else ""
    shutil.rmtree(folder)
    return f"canary {first}; all {all_}{valid}"


def schema(packages: Path) -> str:
    """How many documents of all packages HL7's CDA schema takes, by its distilled rules."""
    documents = sorted(packages.glob("*/ccd/**/*.xml"))
    bad = [path.name for path in documents if faults(etree.parse(path).getroot())]
    assert documents and not bad, f"{len(bad)} of {len(documents)} documents are not valid"
    return f"; {len(documents)} documents valid by the rules of HL7's CDA schema"


def synthea_project(folder: Path) -> Path:
    """A project over the Synthea corpus."""
    shared = shared_folder()
    assert shared is not None, "the corpus is not here"
    export = shared / "corpus/csv/synthea_ma/csv"
    made = ehr_migrate(
        *("init", folder, "--from", export, "--profile", "synthea-csv"),
        *("--exported-at", "2026-01-01T00:00:00Z"),
    )
    assert made.code == 0, made.err
    return folder


def asked(project: Path, code: int, *words: str) -> Answer:
    """One command, which must end with this code."""
    answer = ehr_migrate("-C", project, *words)
    said = (answer.err or answer.out).strip().splitlines()[-3:]
    assert answer.code == code, f"{' '.join(words)} ended with {answer.code}: {' / '.join(said)}"
    return answer


def accept(project: Path, answer: Answer) -> None:
    """An invented person accepts what closes the gate."""
    path = project / "accepted.csv"
    rows = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))[1:]
    rows += [
        [one["code"], one["where"], one["count"], "demonstration only", PERSON, "clinician"]
        for one in answer.document["blocked_by"]
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["code", "where", "count", "reason", "by", "role"], *rows])


def whole(project: Path) -> Path:
    """The folder of the package that is not the canary's."""
    (found,) = (
        path
        for path in (project / "handover").iterdir()
        if path.is_dir() and not path.name.startswith(".") and not path.name.endswith("-canary")
    )
    return found


def exported(package: Path, folder: Path) -> Path:
    """The layout's files of a package, as an export of the new EHR."""
    folder.mkdir(parents=True)
    if (package / "ccd").is_dir():
        shutil.copytree(package / "ccd", folder / "ccd")
        return folder
    with (package / "control-totals.csv").open(encoding="utf-8", newline="") as stream:
        names = {row[0] for row in list(csv.reader(stream))[1:]} - {"patients", "open-work"}
    for name in names:
        for path in package.glob(f"{name}*.csv"):
            shutil.copyfile(path, folder / path.name)
    return folder


def joined(export: Path) -> Path:
    """Two exports of the same tables as one."""
    out = export / "both"
    out.mkdir()
    for path in sorted((export / "rest").glob("*.csv")):
        before = (export / "first" / path.name).read_bytes().partition(b"\r\n")[2]
        (out / path.name).write_bytes(path.read_bytes() + before)
    return out


def compared(project: Path, export: Path) -> str:
    """`verify --from`: rows handed over, rows that came back."""
    document = asked(project, 0, "verify", "--from", str(export), "--json").document
    handed, arrived = (sum(one[key] for one in document["files"]) for key in ("handed", "arrived"))
    assert document["residual"] == 0, "a residual"
    assert handed == arrived, f"{handed - arrived} rows did not come back"
    return f"{arrived:,} of {handed:,} rows as they were"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
