"""Which allergies and medications the new system can act on, and which it can only show.

A decision-support rule sees a record when it carries a code that drug knowledge bases key on
(RxNorm, NDC, SNOMED CT, UNII; HL7 FHIR R4 AllergyIntolerance.code, MedicationRequest.medication)
and is in force (AllergyIntolerance.clinicalStatus and verificationStatus; request and statement
status). A record of "no known allergy" is neither: it says that somebody asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from migrate.core.compile.sqltext import literal
from migrate.store.coding import NDC, RXNORM, SNOMED, UNII

# SNOMED CT: no known allergy, and no known drug, food, environmental, insect, latex allergy.
NO_KNOWN = ("716186003", "409137002", "429625007", "428607008", "428197003", "716184000")
STANDINGS = ("alerts", "text-only", "not-in-force", "none-known")
_CODED = {"allergies": (RXNORM, SNOMED, NDC, UNII), "medications": (RXNORM, NDC)}
_OVER = ("completed", "stopped", "cancelled", "entered-in-error", "draft", "not-taken")
_MEMORY = "512MB"


class Alerting:
    """An open view on a run's allergies and medications."""

    def __init__(self, db: duckdb.DuckDBPyConnection, parts: dict[str, str]) -> None:
        self._db = db
        self._parts = parts

    def counts(self) -> list[tuple[str, str, int]]:
        """(kind, standing, records), kinds in a fixed order, standings as in STANDINGS."""
        found = []
        for kind, part in self._parts.items():
            lines = dict(
                self._db.execute(f"select standing, count(*) from ({part}) group by 1").fetchall()
            )
            found += [(kind, s, int(lines[s])) for s in STANDINGS if s in lines]
        return found

    def names(self) -> Iterator[tuple[str, str, str, str, int, int]]:
        """(kind, standing, text, codes, records, patients): chart values, most records first,
        those that are text only before the others."""
        order = " ".join(f"when {literal(s)} then {n}" for n, s in enumerate(_FIRST))
        for kind, part in self._parts.items():
            found = self._db.execute(
                f"select standing, name, codes, count(*) n, count(distinct patient) from ({part}) "
                f"group by 1, 2, 3 order by case standing {order} else 9 end, n desc, 2, 3"
            )
            while lines := found.fetchmany(2000):
                yield from ((kind, *line) for line in lines)


_FIRST = ("text-only", "alerts", "none-known", "not-in-force")


@contextmanager
def alerting(fhir: Path, scratch: Path | None = None) -> Iterator[Alerting]:
    """The view on the ``<Type>.ndjson`` files of a folder; ``scratch`` takes what memory does
    not hold."""
    with duckdb.connect() as db:
        db.execute(f"set memory_limit = '{_MEMORY}'")
        if scratch is not None:
            db.execute(f"set temp_directory = {literal(str(scratch))}")
        db.execute(f"set allowed_directories = [{literal(str(fhir))}]")
        db.execute("set enable_external_access = false")
        parts = {"allergies": _allergies(fhir), "medications": _medications(db, fhir)}
        yield Alerting(db, {kind: part for kind, part in parts.items() if part})


def _there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _text(path: str) -> str:
    return f"json_extract_string(json, '$.{path}')"


def _named(element: str) -> str:
    """The words people know a record by, and its codes, of a CodeableConcept."""
    words = f"coalesce({_text(element + '.text')}, {_text(element + '.coding[0].display')}, '')"
    codes = f"array_to_string({_text(element + '.coding[*].code')}, ' ')"
    return f"{words} name, coalesce({codes}, '') codes"


def _has_system(element: str, kind: str) -> str:
    known = f"[{', '.join(map(literal, _CODED[kind]))}]"
    return f"list_has_any({_text(element + '.coding[*].system')}, {known})"


def _allergies(fhir: Path) -> str:
    path = fhir / "AllergyIntolerance.ndjson"
    if not _there(path):
        return ""
    verified = _text("verificationStatus.coding[0].code")
    clinical = _text("clinicalStatus.coding[0].code")
    none = f"[{', '.join(map(literal, NO_KNOWN))}]"
    return (
        f"select {_named('code')}, {_text('patient.reference')} patient, case "
        f"when {verified} in ('entered-in-error', 'refuted') "
        f"or {clinical} in ('inactive', 'resolved') then 'not-in-force' "
        f"when list_has_any({_text('code.coding[*].code')}, {none}) then 'none-known' "
        f"when {_has_system('code', 'allergies')} then 'alerts' else 'text-only' end standing "
        f"from read_ndjson_objects({literal(str(path))})"
    )


def _medications(db: duckdb.DuckDBPyConnection, fhir: Path) -> str:
    drugs = fhir / "Medication.ndjson"
    db.execute("create table drug (id varchar, name varchar, codes varchar, coded boolean)")
    if _there(drugs):
        db.execute(
            f"insert into drug select 'Medication/' || {_text('id')}, name, codes, coded from "
            f"(select json, {_named('code')}, {_has_system('code', 'medications')} coded "
            f"from read_ndjson_objects({literal(str(drugs))}))"
        )
    parts = [
        _orders(fhir / f"{kind}.ndjson")
        for kind in ("MedicationRequest", "MedicationStatement")
        if _there(fhir / f"{kind}.ndjson")
    ]
    return " union all ".join(parts)


def _orders(path: Path) -> str:
    element = "medicationCodeableConcept"
    over = ", ".join(map(literal, _OVER))
    return (
        "select coalesce(nullif(o.name, ''), d.name, '') name, "
        "coalesce(nullif(o.codes, ''), d.codes, '') codes, patient, case "
        f"when status in ({over}) then 'not-in-force' "
        "when o.coded or coalesce(d.coded, false) then 'alerts' else 'text-only' end standing "
        f"from (select {_named(element)}, {_text('subject.reference')} patient, "
        f"{_text('status')} status, coalesce({_has_system(element, 'medications')}, false) coded, "
        f"{_text('medicationReference.reference')} drug "
        f"from read_ndjson_objects({literal(str(path))})) o left join drug d on d.id = o.drug"
    )
