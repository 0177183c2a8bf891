"""What a substance administration or supply says of the product, its dose and its supply."""

from __future__ import annotations

from migrate.extractors.ccda.codes import code_cells
from migrate.extractors.ccda.facts import Found
from migrate.extractors.ccda.narrative import original
from migrate.extractors.ccda.values import Cells, quantity
from migrate.extractors.ccda.xml import Element, attribute, child, children, kind_of, text_of


def cells(element: Element, found: Found) -> Cells:
    """The cells of a drug; empty for other statements."""
    name = element.local
    if name not in {"substanceAdministration", "supply"}:
        return {}
    product = child(element, "consumable", "manufacturedProduct")
    if product is None:
        product = child(element, "product", "manufacturedProduct")
    material = child(product, "manufacturedMaterial")
    coded = child(material, "code")
    result = code_cells("product", coded, found.parts, 6)
    result["product_text"] = result.get("product_text") or text_of(child(material, "name"))
    result["manufacturer"] = text_of(child(product, "manufacturerOrganization", "name"))
    result["lot"] = text_of(child(material, "lotNumberText"))
    dose, rate = child(element, "doseQuantity"), child(element, "rateQuantity")
    result |= quantity(dose, "dose") | quantity(rate, "rate")
    result["dose_low"] = attribute(child(dose, "low"), "value")
    result["dose_high"] = attribute(child(dose, "high"), "value")
    result["dose_unit"] = result["dose_unit"] or attribute(child(dose, "low"), "unit")
    if result["rate"] is None:
        result |= quantity(child(rate, "low"), "rate")
    result |= code_cells("route", child(element, "routeCode"), found.parts, 2)
    result |= code_cells("form", child(element, "administrationUnitCode"), found.parts, 1)
    result["repeat_number"] = attribute(child(element, "repeatNumber"), "value")
    result |= {"max_dose": _ratio(child(element, "maxDoseQuantity"))} | _frequency(element)
    result |= _as_needed(element, found)
    approach = child(element, "approachSiteCode")
    if approach is not None:
        result |= code_cells("site", approach, found.parts, 2)
    if name == "supply":
        result |= quantity(child(element, "quantity"), "dose")
    return result


def _ratio(element: Element | None) -> str | None:
    ends = [child(element, name) for name in ("numerator", "denominator")]
    said = [
        " ".join(part for name in ("value", "unit") if (part := attribute(end, name)))
        for end in ends
    ]
    return " / ".join(said) if any(said) else None


def _frequency(element: Element) -> Cells:
    """The first period (PIVL), or the ends of one that varies, and the first event (EIVL)."""
    cells: Cells = {}
    for each in children(element, "effectiveTime"):
        kind = kind_of(each)
        period = child(each, "period")
        if kind in {"PIVL_TS", "PIVL"} and period is not None and "period" not in cells:
            low, high = child(period, "low"), child(period, "high")
            cells |= quantity(period if low is None else low, "period")
            cells["period_max"] = attribute(high, "value")
        event = child(each, "event")
        if kind in {"EIVL_TS", "EIVL"} and event is not None and "event" not in cells:
            cells["event"] = attribute(event, "code")
    return cells


def _as_needed(element: Element, found: Found) -> Cells:
    """What must hold before the drug is taken, as a coded value (``value``, else ``code``)."""
    criterion = child(element, "precondition", "criterion")
    if criterion is None:
        return {}
    said = child(criterion, "value")
    cells = code_cells("as_needed", said, found.parts, 1)
    if not cells["as_needed"] and not cells["as_needed_text"]:
        cells = code_cells("as_needed", child(criterion, "code"), found.parts, 1)
    words = original(child(criterion, "text"), found.parts)
    cells["as_needed_text"] = cells["as_needed_text"] or words
    return cells | {"precondition": "true"}
