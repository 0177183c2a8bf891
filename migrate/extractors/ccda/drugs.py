"""What a substance administration or supply says of the product, its dose and its supply."""

from __future__ import annotations

from migrate.extractors.ccda.codes import code_cells
from migrate.extractors.ccda.facts import Found
from migrate.extractors.ccda.values import Cells, quantity
from migrate.extractors.ccda.xml import Element, attribute, child, children, kind_of, local, text_of


def cells(element: Element, found: Found) -> Cells:
    """The cells of a drug; empty for other statements."""
    name = local(element)
    if name not in {"substanceAdministration", "supply"}:
        return {}
    product = child(element, "consumable", "manufacturedProduct")
    if product is None:
        product = child(element, "product", "manufacturedProduct")
    material = child(product, "manufacturedMaterial")
    coded = child(material, "code")
    result = code_cells("product", coded, found.parts, 6)
    result["product_text"] = result["product_text"] or text_of(child(material, "name"))
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
    result |= {"max_dose": _ratio(child(element, "maxDoseQuantity"))} | _period(element)
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


def _period(element: Element) -> Cells:
    for each in children(element, "effectiveTime"):
        period = child(each, "period")
        if kind_of(each) == "PIVL_TS" and period is not None:
            return quantity(period, "period")
    return {}
