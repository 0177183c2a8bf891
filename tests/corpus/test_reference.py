"""HL7's reference validator over one Synthea resource of each kind and profile.

All resources take minutes: ``make validate-reference``.
"""

import os
from pathlib import Path

import orjson
import pytest

from benchmarks.reference_validation import Verdict, issues_of, summary
from tests.corpus.synthea import Mapped, mapped_synthea
from tests.shared import need_shared

pytestmark = [pytest.mark.corpus, pytest.mark.reference, pytest.mark.slow]


def one_of_each(mapped: Mapped) -> list[bytes]:
    """The first resource of each set of types, profiles and elements."""
    kinds: dict[tuple[object, ...], bytes] = {}
    for resource in mapped.resources():
        profiles = resource["meta"].get("profile", [])  # type: ignore[attr-defined]
        kind = (resource["resourceType"], *profiles, *sorted(resource))
        kinds.setdefault(kind, orjson.dumps(resource))
    return list(kinds.values())


def test_one_of_each_is_sound(tmp_path: Path) -> None:
    validate = need_shared("reference", "validate.sh")
    cache = os.environ.get("REFERENCE_CACHE", str(Path.home() / ".cache" / "fhir-reference"))
    if not (Path(cache) / "fhir-home").is_dir():
        pytest.skip("the reference validator is not built yet (make validate-reference)")
    lines = one_of_each(mapped_synthea())
    sample = tmp_path / "sample.ndjson"
    sample.write_bytes(b"\n".join(lines) + b"\n")
    verdict = Verdict()
    for issue in issues_of(validate, [sample]):
        verdict.add(issue)
    assert verdict.resources == len(lines)
    assert not verdict.errors, summary("synthea", verdict)
