"""The same mapping as a good plain-Python script does it: rows as dicts, json.dumps, hmac.

It does the work of the engine on the benchmark's profile and nothing more, and its lines are
compared with the engine's, so that the race is over the same distance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from benchmarks.observations import KEY, LOCAL_CODES, STATUS
from migrate.core.identity import make_id, partition_of

_ZONE = ZoneInfo("America/Chicago")
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def rows_of(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """The staged rows as dicts."""
    for batch in pq.ParquetFile(folder / "staged" / f"{table}.parquet").iter_batches(10_000):
        yield from batch.to_pylist()


@lru_cache(maxsize=4096)
def _offset(day_and_hour: str) -> str:
    local = datetime.strptime(day_and_hour, "%Y-%m-%dT%H")
    text = local.replace(tzinfo=_ZONE).strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def _taken(text: str) -> str | None:
    if text.endswith("Z"):
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        return text
    local = datetime.strptime(text, "%m/%d/%Y %H:%M").strftime("%Y-%m-%dT%H:%M:00")
    return local + _offset(local[:13])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def map_rows(folder: Path) -> None:
    """Write ``python/`` with NDJSON, lineage and fates of the observations."""
    out = folder / "python"
    out.mkdir(exist_ok=True)
    patients = {
        r["id"]: make_id(KEY, ["bench", "patients", "", r["id"]])
        for r in rows_of(folder, "patients")
    }
    visits = {
        r["id"]: make_id(KEY, ["bench", "visits", "", r["id"]]) for r in rows_of(folder, "visits")
    }
    tests = {f"T{n:03d}": (f"{n}000-{n % 10}", f"Test {n}") for n in range(LOCAL_CODES)}
    lines: list[tuple[int, str, str]] = []
    with (out / "fates.csv").open("w") as fates, (out / "lineage.csv").open("w") as lineage:
        for row in rows_of(folder, "observations"):
            patient = patients.get(row["patient_id"])
            if row["voided"] == "Y":
                fates.write(f"observations,{row['_row']},excluded,,voided,observation,{patient}\n")
                continue
            made = _resource(row, patients, visits, tests)
            if made is None:
                fates.write(f"observations,{row['_row']},rejected,MAP003,,observation,{patient}\n")
                continue
            text = json.dumps(made, separators=(",", ":"), ensure_ascii=False)
            number = made["valueQuantity"]["value"]
            text = text.replace(f'"value":"{number}"', f'"value":{number}', 1)
            lines.append((partition_of(patient or made["id"]), made["id"], text))
            fates.write(f"observations,{row['_row']},mapped,,,observation,{patient}\n")
            lineage.write(
                f"Observation,{made['id']},observations,{row['_row']},observation,anchor\n"
            )
    lines.sort()
    with (out / "Observation.ndjson").open("w") as stream:
        stream.writelines(f"{text}\n" for _, _, text in lines)


def _resource(
    row: dict[str, str],
    patients: dict[str, str],
    visits: dict[str, str],
    tests: dict[str, tuple[str, str]],
) -> dict[str, object] | None:
    if not _is_number(row["value"]) or row["patient_id"] not in patients:
        return None
    code, display = tests[row["code"]]
    quantity = {"value": row["value"]}
    if row["unit"]:
        quantity["unit"] = row["unit"]
    quantity["system"] = "http://unitsofmeasure.org"
    if row["unit"]:
        quantity["code"] = row["unit"]
    resource: dict[str, object] = {
        "resourceType": "Observation",
        "id": make_id(KEY, ["bench", "observations", "", row["id"]]),
        "meta": {"source": "urn:ehr-migrate:bench:observations"},
        "status": STATUS[row["status"]],
        "category": [
            {"coding": [{"system": _CATEGORY, "code": "laboratory", "display": "Laboratory"}]}
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": code, "display": display}],
            "text": row["description"],
        },
        "subject": {"reference": f"Patient/{patients[row['patient_id']]}"},
    }
    if row["visit_id"] in visits:
        resource["encounter"] = {"reference": f"Encounter/{visits[row['visit_id']]}"}
    resource["effectiveDateTime"] = _taken(row["taken"])
    resource["valueQuantity"] = quantity
    return resource


def assert_same(folder: Path) -> None:
    """Both wrote the same bytes; otherwise the race means nothing."""
    digests = []
    for path in (folder / "out" / "fhir", folder / "python"):
        digest = hashlib.sha256()
        with (path / "Observation.ndjson").open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        digests.append(digest.hexdigest())
    if digests[0] != digests[1]:
        raise AssertionError("the engine and plain Python wrote different resources")
