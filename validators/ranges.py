"""What a vital sign can be in a living person, by LOINC code and UCUM unit, with room.

The limits are far outside what is healthy: they catch slipped decimal points and wrong units,
not illness. Extremes on record: 635 kg, 272 cm, 46.5 °C, newborns of 212 g.
"""

from __future__ import annotations

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
}


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
