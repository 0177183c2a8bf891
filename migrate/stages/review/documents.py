"""The documents behind a chart, where the export is one of CDA documents: section by section.

A row of such an export says where it stood in a document (an XPath); so an item of the sheet can
point at the section that a person would have read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from migrate.core.compile.sqltext import literal

if TYPE_CHECKING:
    from migrate.core.ports import Facts

SECTIONS, DOCUMENTS = "sections", "documents"
MOST_CHARACTERS = 4_000_000
_QUERY = """
SELECT f.patient, s._file, s._at, coalesce(s.title, s.code_text, '') AS title, s.markup,
       coalesce(d.title, d.code_text, '') AS document, coalesce(d.time, '') AS time
FROM staged.sections s
JOIN run.fates f ON f.tbl = 'sections' AND f.row = s._row
LEFT JOIN staged.documents d ON d.key = s.document
WHERE f.patient IN ({patients}) AND s.markup IS NOT NULL
ORDER BY f.patient, d.time DESC, s._file, s._row
"""


def documents_of(facts: Facts, patients: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Patient → documents, newest first, each ``{title, time, file, sections: [{at, title,
    markup}]}``; nothing where the export is not of CDA documents. What would make a chart too
    large to open is left out, and said: ``left`` is the number of such sections."""
    if not (facts.has(f"staged.{SECTIONS}") and facts.has(f"staged.{DOCUMENTS}")):
        return {}
    columns = set(facts.sql(f"SELECT * FROM staged.{SECTIONS} LIMIT 0").column_names)
    if not {"markup", "document", "title", "code_text"} <= columns:
        return {}
    listed = ", ".join(literal(one) for one in sorted(patients)) or "''"
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    room: dict[str, int] = defaultdict(lambda: MOST_CHARACTERS)
    for line in facts.sql(_QUERY.format(patients=listed)).to_pylist():
        patient, file, markup = line["patient"], line["_file"], line["markup"]
        own = found[patient].setdefault(
            file,
            {
                "title": line["document"],
                "time": line["time"],
                "file": file,
                "sections": [],
                "left": 0,
            },
        )
        room[patient] -= len(markup)
        if room[patient] < 0:
            own["left"] += 1
            continue
        own["sections"].append({"at": line["_at"], "title": line["title"], "markup": markup})
    return {patient: list(own.values()) for patient, own in found.items()}


def point_at(items: Iterable[Mapping[str, Any]], documents: Sequence[Mapping[str, Any]]) -> None:
    """Give every shown row ``source``: the place of its section (``d1s3``), or ''."""
    places = {
        (document["file"], section["at"]): f"d{n}s{m}"
        for n, document in enumerate(documents, 1)
        for m, section in enumerate(document["sections"], 1)
    }
    for item in items:
        for row in item["rows"]:
            row["source"] = _section(places, row["file"] or "", row["at"] or "")


def _section(places: Mapping[tuple[str, str], str], file: str, at: str) -> str:
    """The innermost section whose XPath leads to this one."""
    while at:
        found = places.get((file, at))
        if found:
            return found
        at = at.rpartition("/")[0]
    return ""
