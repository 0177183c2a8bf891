"""A drawn sheet of one invented chart out of two C-CDA documents, written by hand."""

from __future__ import annotations

from pathlib import Path

from migrate.stages.review.documents import point_at
from migrate.stages.review.sheet import Sheet
from migrate.store.reviews import FOLDER, ReviewFolder, write_sheet

HOSTILE = (
    '<text><table onclick="alert(1)"><thead><tr><th>Allergen</th><th>Reaction</th></tr></thead>'
    '<tbody><tr><td colspan="2" style="position:fixed">Invented nut</td></tr></tbody></table>'
    "<paragraph>&lt;script&gt;alert(1)&lt;/script&gt;\u202egnp.exe</paragraph>"
    '<linkHtml href="javascript:alert(1)">more</linkHtml>'
    '<content revised="delete">penicillin</content></text>'
)
BODY = "/ClinicalDocument/component[1]/structuredBody[1]/component[1]/section[1]"


def document(title: str, file: str, markup: str, left: int = 0) -> dict[str, object]:
    """A document of one section, as a sheet holds it."""
    section = {"at": BODY, "title": "Allergies", "markup": markup}
    return {"title": title, "time": "2020", "file": file, "sections": [section], "left": left}


def drawn_documents(folder: Path) -> Sheet:
    """The sheet, in a run folder of its own."""
    row = {"table": "allergies", "row": 1, "file": "one.xml", "at": f"{BODY}/entry[1]"}
    cell = {"column": "answer_text", "value": "Invented nut", "state": "same", "to": (), "why": ""}
    line = {"path": "code.text", "label": "code", "value": "Invented nut", "state": "same"}
    item = {
        "id": "AllergyIntolerance/a1",
        "kind": "AllergyIntolerance",
        "heading": "Invented nut",
        "rule": "allergy",
        "rows": [{**row, "role": "anchor", "cells": [cell]}],
        "elements": [{**line, "sources": ["allergies.answer_text"]}],
        "fate": "",
        "reason": "",
        "planted": None,
    }
    documents = [
        document("Later summary", "two.xml", "<text><list><item>Old problem</item></list></text>"),
        document("Summary", "one.xml", HOSTILE, left=3),
    ]
    point_at([item], documents)
    chart = {"number": 1, "part": "random", "patient": "p0", "name": "Testa Madeup", "more": 0}
    chart |= {"born": "1970-01-02", "strata": [], "items": [item], "documents": documents}
    facts = {"mapped": "", "population": 3, "drawn_strata": {}, "strata": {}, "seed": "test"}
    facts |= {"at_most": 0.01, "needed": 3, "random": 1, "risk": 0, "minutes": None}
    facts |= {"estimate_minutes": 1, "can_prove": 0.9}
    (folder / FOLDER).mkdir()
    write_sheet(folder / FOLDER, facts, [chart])
    return Sheet(ReviewFolder(folder), facts)
