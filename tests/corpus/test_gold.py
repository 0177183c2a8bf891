"""What the Synthea profile makes against what the same generator wrote itself."""

import pytest

from benchmarks import gold
from tests.corpus.synthea import mapped_synthea
from tests.shared import need_shared

pytestmark = pytest.mark.corpus


def test_facts_agree_with_the_generators_own_fhir() -> None:
    expected = need_shared("corpus", "csv", "synthea_ma", "expected_fhir")
    lines = gold.compare(
        gold.facts_of(gold.expected_resources(expected)),
        gold.facts_of(gold.made_resources(mapped_synthea().run / "fhir")),
    )
    assert len(lines) == 13
    assert all(line.reached for line in lines), "\n" + gold.table(lines)
