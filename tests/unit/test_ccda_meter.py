"""The meter of C-CDA documents: what it takes for a fact, and what it finds again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.ccda_source import documents
from benchmarks.ccda_target import Said

SNOMED = "2.16.840.1.113883.6.96"
DOCUMENT = f"""<ClinicalDocument xmlns="urn:hl7-org:v3"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><structuredBody><component><section>
<text><table><tr><td>High <content ID="a">blood</content>pressure</td></tr></table></text>
<entry><observation><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>
<effectiveTime><low value="201302"/><high value="00010101"/></effectiveTime>
<value xsi:type="CD" code="38341003" codeSystem="{SNOMED}"/>
<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="3.50" unit="mg/dL"/></value>
</observationRange></referenceRange><author><time value="20201399"/></author></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>"""


def test_facts_are_read_from_every_element_of_an_entry(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "b.xml").write_text(DOCUMENT.replace("</entry>", ""), encoding="utf-8")
    good, broken = documents(tmp_path)
    assert (good.readable, broken.readable) == (True, False)
    (entry,) = good.entries
    assert entry.at.endswith("/section[1]/entry[1]")
    assert [code for code, _ in entry.codes] == [(SNOMED, "38341003")]
    assert [said for said, _ in entry.quantities] == [("3.50", "mg/dL")]
    assert [said for said, _ in entry.dates] == ["201302"], "no sentinel, no impossible day"
    ((_, words),) = good.sections
    assert dict(words) == {"High": 1, "bloodpressure": 1}


@pytest.mark.parametrize(
    ("moment", "said", "found"),
    [
        ("201302", "2013-02", True),
        ("20130201", "2013-02", False),
        ("201302011530-0500", "2013-02-01T15:30:00-05:00", True),
        ("201302011531-0500", "2013-02-01T15:30:00-05:00", False),
        ("2013020115", "2013-02-01", True),
        ("20130201", "Tracked as a concern from 2013-02-01", True),
    ],
)
def test_a_date_is_found_with_the_precision_it_has(moment: str, said: str, found: bool) -> None:
    held = Said()
    held.add({"text": said})
    assert held.date(moment) is found


def test_a_number_is_found_with_its_unit_and_a_code_with_its_system() -> None:
    held = Said()
    held.add({"value": Decimal("3.50"), "unit": "mg/dL"})
    held.add({"system": "http://snomed.info/sct", "code": "38341003"})
    assert held.quantity("3.50", "mg/dL")
    assert not held.quantity("3.50", "g")
    assert not held.quantity("3.5", "g/L")
    assert held.code((SNOMED, "38341003"), {})
    assert not held.code(("2.16.840.1.113883.6.1", "38341003"), {})
    assert not held.code((SNOMED, "255604002"), {("http://snomed.info/sct", "255604002"): {"mild"}})
