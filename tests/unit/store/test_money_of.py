"""Money of the resources of a type: of all, and of each part of them, in one reading."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from migrate.core.reconcile.paths import amount_path
from migrate.store.resources import money_of


def test_all_and_each_part(tmp_path: Path) -> None:
    lines = [
        f'{{"resourceType":"ChargeItem","id":"{name}","priceOverride":{{"value":{value}}}}}\n'
        for name, value in (("a", "1.10"), ("b", "2.20"), ("c", "4.40"))
    ]
    (tmp_path / "ChargeItem.ndjson").write_text("".join(lines))
    path = amount_path("priceOverride.value", None)
    found = money_of(tmp_path, "ChargeItem", [path, path], [{"a"}, {"b", "elsewhere"}, ()])
    assert found == [[Decimal(text) for text in ("7.70", "1.10", "2.20", "0")]] * 2
    assert money_of(tmp_path, "ChargeItem", [path]) == [[Decimal("7.70")]]
    assert money_of(tmp_path, "Invoice", [path], [{"a"}]) == [[Decimal(0), Decimal(0)]]
