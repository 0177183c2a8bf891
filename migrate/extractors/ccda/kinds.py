"""Which staged table an entry belongs to: by its template, then by the section it stands in.

Source: the template ids of C-CDA R1.1 to R2.1 (``2.16.840.1.113883.10.20.22.4.*``) and the LOINC
codes of its sections; C32 and other CDA R2 documents are placed by section.
"""

from __future__ import annotations

from migrate.extractors.ccda.xml import Element, attribute, child, children

_CCDA = "2.16.840.1.113883.10.20.22.4."
_BY_TEMPLATE = {
    "7": "allergies",
    "4": "problems",
    "16": "medications",
    "52": "immunizations",
    "1": "result_panels",
    "2": "results",
    "26": "vital_panels",
    "27": "vitals",
    "12": "procedures",
    "13": "procedures",
    "14": "procedures",
    "49": "encounters",
    "38": "social_history",
    "72": "social_history",
    "78": "social_history",
    "85": "social_history",
    "109": "social_history",
    "111": "social_history",
    "200": "social_history",
    "45": "family_members",
    "46": "family_conditions",
    "66": "functional_status",
    "67": "functional_status",
    "68": "functional_status",
    "73": "functional_status",
    "74": "functional_status",
    "75": "functional_status",
    "114": "functional_status",
    "128": "functional_status",
    "39": "plans",
    "40": "plans",
    "41": "plans",
    "42": "plans",
    "43": "plans",
    "44": "plans",
    "120": "plans",
    "130": "plans",
    "140": "plans",
    "146": "plans",
    "121": "goals",
    "132": "health_concerns",
    "136": "health_concerns",
    "500": "care_teams",
    "500.1": "care_team_members",
    "202": "notes",
    "48": "advance_directives",
    "108": "advance_directives",
    "50": "equipment",
    "61": "coverages",
    "17": "supplies",
    "18": "supplies",
    "69": "assessments",
    "124": "assessments",
}
_WRAPPERS = frozenset({"3", "30", "33", "34", "35", "36", "51", "60", "65", "80", "135"})
_BY_SECTION = {
    ("48765-2", "observation"): "allergies",
    ("11450-4", "observation"): "problems",
    ("11348-0", "observation"): "problems",
    ("10160-0", "substanceAdministration"): "medications",
    ("10183-2", "substanceAdministration"): "medications",
    ("11369-6", "substanceAdministration"): "immunizations",
    ("30954-2", "organizer"): "result_panels",
    ("30954-2", "observation"): "results",
    ("8716-3", "organizer"): "vital_panels",
    ("8716-3", "observation"): "vitals",
    ("47519-4", "procedure"): "procedures",
    ("47519-4", "observation"): "procedures",
    ("47519-4", "act"): "procedures",
    ("46240-8", "encounter"): "encounters",
    ("29762-2", "observation"): "social_history",
    ("10157-6", "organizer"): "family_members",
    ("10157-6", "observation"): "family_conditions",
    ("47420-5", "observation"): "functional_status",
    ("10190-7", "observation"): "functional_status",
    ("61146-7", "observation"): "goals",
    ("75310-3", "act"): "health_concerns",
    ("46264-8", "supply"): "equipment",
    ("48768-6", "act"): "coverages",
    ("42348-3", "observation"): "advance_directives",
    ("51848-0", "observation"): "assessments",
}
_WRAPPER_SECTIONS = frozenset({"48765-2", "11450-4", "11348-0", "48768-6"})
_ABOUT = frozenset({"SEV", "33999-4"})  # a severity, a status: about another statement
_INTENDED = frozenset({"INT", "RQO", "PRMS", "PRP", "ARQ", "APT"})

STATEMENT_TABLES = tuple(sorted({*_BY_TEMPLATE.values(), "statements"}))


def templates(element: Element) -> list[str]:
    """The roots of a statement's template ids."""
    return [root for each in children(element, "templateId") if (root := attribute(each, "root"))]


def short_templates(element: Element) -> frozenset[str]:
    """The last number of its C-CDA entry templates."""
    return frozenset(
        root.removeprefix(_CCDA) for root in templates(element) if root.startswith(_CCDA)
    )


def is_wrapper(element: Element, section: str | None, depth: int) -> bool:
    """Whether an act only wraps what it is about (a concern, a discharge diagnosis, a payer): by
    its template, or where it has none as the outermost act of such a section."""
    if element.local not in {"act", "organizer"}:
        return False
    kinds = short_templates(element)
    if kinds & _WRAPPERS:
        return True
    if depth > 1 or not kinds.isdisjoint(_BY_TEMPLATE):
        return False
    return section in _WRAPPER_SECTIONS and child(element, "entryRelationship") is not None


def table_of(element: Element, section: str | None) -> str:
    """The staged table of a statement; ``statements`` for what no table is made for."""
    name, mood = element.local, element.get("moodCode")
    if mood == "GOL":
        return "goals"
    if attribute(child(element, "code"), "code") in _ABOUT:
        return "statements"
    table = next(
        (_BY_TEMPLATE[t] for t in sorted(short_templates(element)) if t in _BY_TEMPLATE), ""
    )
    table = table or _BY_SECTION.get((section or "", name), "")
    if not table and mood in _INTENDED:
        return "plans" if name != "substanceAdministration" else "medications"
    if table in {"results", "vitals", "procedures", "encounters", "immunizations"}:
        return "plans" if mood in _INTENDED else table
    return table or "statements"
