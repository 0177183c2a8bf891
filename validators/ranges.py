"""What a vital sign or a result can be in a living person, by LOINC code and UCUM unit, with room.

The limits are far outside what is healthy: they catch slipped decimal points and wrong units,
not illness. Extremes on record: 635 kg, 272 cm, 46.5 °C, newborns of 212 g; a glucose of
2,656 mg/dL, a creatinine of 73.8, a haemoglobin of 0.7 g/dL and platelets of 5,000 were survived.
"""

from __future__ import annotations

import re

from migrate.core.compile.sqltext import literal

RANGES: dict[str, dict[str, list[float]]] = {
    "8310-5": {"Cel": [24, 46], "[degF]": [75, 115]},
    "8867-4": {"/min": [15, 350]},
    "9279-1": {"/min": [2, 120]},
    "8480-6": {"mm[Hg]": [30, 320]},
    "8462-4": {"mm[Hg]": [5, 220]},
    "8302-2": {"cm": [20, 275], "[in_i]": [8, 108]},
    "29463-7": {"kg": [0.2, 640], "[lb_av]": [0.5, 1400], "g": [200, 640000]},
    "39156-5": {"kg/m2": [5, 210]},
    "2708-6": {"%": [20, 100]},
    "59408-5": {"%": [20, 100]},
    "9843-4": {"cm": [15, 75], "[in_i]": [6, 30]},
    "8287-5": {"cm": [15, 75], "[in_i]": [6, 30]},
    "2345-7": {"mg/dL": [5, 3000], "mmol/L": [0.3, 170]},
    "3094-0": {"mg/dL": [0.5, 400]},
    "2160-0": {"mg/dL": [0.05, 80], "umol/L": [5, 7000]},
    "2951-2": {"mmol/L": [80, 220], "meq/L": [80, 220]},
    "2823-3": {"mmol/L": [0.8, 15], "meq/L": [0.8, 15]},
    "17861-6": {"mg/dL": [2, 30]},
    "2093-3": {"mg/dL": [10, 2000], "mmol/L": [0.3, 52]},
    "2085-9": {"mg/dL": [1, 250], "mmol/L": [0.02, 6.5]},
    "2571-8": {"mg/dL": [3, 20000], "mmol/L": [0.03, 225]},
    "13457-7": {"mg/dL": [0, 1500]},
    "6690-2": {"10*3/uL": [0.01, 1200]},
    "718-7": {"g/dL": [0.5, 30], "g/L": [5, 300]},
    "4544-3": {"%": [2, 85]},
    "777-3": {"10*3/uL": [0.5, 8000]},
    "4548-4": {"%": [2, 30]},
    "3016-3": {"u[IU]/mL": [0, 2000], "m[IU]/L": [0, 2000]},
    "2276-4": {"ng/mL": [0.1, 200000]},
    "2857-1": {"ng/mL": [0, 50000]},
    "5811-5": {"1": [0.98, 1.1]},
}


# What a check counts a measure under. A LOINC code names a kind of measure; a code of the old
# system's own is text out of the chart, which no result may hold.
MEASURE = (
    "CASE WHEN regexp_full_match(m.code, '[0-9]{1,7}-[0-9]') "
    "THEN 'Observation.' || m.code ELSE 'Observation.local' END"
)


def measure_of(code: str) -> str:
    """The same in Python."""
    known = re.fullmatch(r"[0-9]{1,7}-[0-9]", code, re.ASCII)
    return f"Observation.{code}" if known else "Observation.local"


def limits(ranges: object) -> str:
    """SQL relation ``l`` of (code, unit, low, high)."""
    assert isinstance(ranges, dict)
    lines = [
        f"({literal(str(code))}, {literal(str(unit))}, {float(low)}, {float(high)})"
        for code, units in ranges.items()
        for unit, (low, high) in units.items()
    ]
    if not lines:
        lines = ["(NULL::VARCHAR, NULL::VARCHAR, NULL::DOUBLE, NULL::DOUBLE)"]
    return f"(VALUES {', '.join(lines)}) AS l(code, unit, low, high)"
