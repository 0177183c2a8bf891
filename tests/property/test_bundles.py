"""Bundles hold every line once, byte for byte, and keep together what must be written together."""

import json

from hypothesis import given
from hypothesis import strategies as st

from migrate.core.bundles import bundle, entry, filled

LINES = st.text(max_size=20).map(
    lambda text: json.dumps({"resourceType": "Basic", "id": "x", "note": text}).encode()
)


@given(st.lists(st.tuples(st.integers(0, 6), LINES), max_size=40), st.integers(1, 7))
def test_every_line_once_in_order_units_whole(rows: list[tuple[int, bytes]], size: int) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    bundles = list(filled(rows, size))
    assert [line for one in bundles for line in one] == [line for _, line in rows]
    assert all(bundles)
    start = 0
    for one in bundles:
        units = {number for number, _ in rows[start : start + len(one)]}
        assert not units & {number for number, _ in rows[start + len(one) :]}
        assert len(one) <= size or len(units) == 1
        start += len(one)


@given(st.lists(LINES, min_size=1, max_size=5))
def test_resources_come_back_byte_for_byte(lines: list[bytes]) -> None:
    text = bundle(entry("Basic", f"x{n}", line) for n, line in enumerate(lines))
    document = json.loads(text)
    assert document["type"] == "transaction"
    for number, (line, one) in enumerate(zip(lines, document["entry"], strict=True)):
        assert one["resource"] == json.loads(line)
        assert line in text
        assert one["request"] == {"method": "PUT", "url": f"Basic/x{number}"}
