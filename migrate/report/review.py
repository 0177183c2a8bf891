"""The pages of the chart review as HTML: overview and chart. Everything out of data is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from migrate.report.narrative import narrative_html

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LONGEST_SHOWN = 1_500
# Control characters, and those that turn the direction of the text around them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: What a type is called in the practice, in the plural.
SECTIONS: Mapping[str, str] = {
    "Patient": "Patient",
    "AllergyIntolerance": "Allergies",
    "MedicationRequest": "Medications",
    "MedicationStatement": "Medications taken",
    "Condition": "Problems and diagnoses",
    "Immunization": "Immunizations",
    "Flag": "Alerts",
    "Observation": "Measurements, results and answers",
    "DiagnosticReport": "Reports",
    "DocumentReference": "Notes and documents",
    "Encounter": "Visits",
    "Procedure": "Procedures",
    "ServiceRequest": "Orders and referrals",
    "CarePlan": "Care plans",
    "Goal": "Goals",
    "Appointment": "Appointments",
    "Coverage": "Insurance",
    "RelatedPerson": "Guarantors and family",
    "Task": "Recalls and tasks",
    "row: rejected": "Held back, needs fixing",
    "row: excluded": "Left out on purpose",
    "row: merged": "Combined with other rows",
}
#: State of a line or cell → sign and words; the sign is never alone.
MARKS: Mapping[str, tuple[str, str]] = {
    "same": ("=", "as written"),
    "changed": ("≈", "changed in form"),
    "fixed": ("+", "set by the rule"),
    "link": ("→", "link to another record"),
    "used": ("·", "read, not shown"),
    "left": ("∅", "not carried over"),
}
KEYS = (
    ("j", "next item"),
    ("k", "item before"),
    ("r", "right"),
    ("w", "wrong"),
    ("u", "unsure"),
    ("n", "write a note (Escape goes back)"),
    ("Shift+R", "all others of this section are right"),
    ("]", "next chart"),
    ("[", "chart before"),
    ("o", "overview"),
    ("d", "the document that it stood in, where the export is of documents"),
    ("?", "this help"),
)


def chart_page(chart: Mapping[str, Any], frame: Mapping[str, Any]) -> str:
    """One chart. ``frame``: title, charts, statement, judged, items."""
    return _render("review_chart.html.j2", chart=chart, sections=_sections(chart), **frame)


def source_page(chart: Mapping[str, Any], frame: Mapping[str, Any]) -> str:
    """The documents of a chart, rendered: for exports that are documents."""
    documents = [
        document
        | {
            "sections": [
                section | {"html": narrative_html(section["markup"])}
                for section in document["sections"]
            ]
        }
        for document in chart.get("documents", ())
    ]
    return _render("review_source.html.j2", chart=chart, documents=documents, **frame)


def overview_page(
    status: Mapping[str, Any], charts: Sequence[Any], frame: Mapping[str, Any]
) -> str:
    """How far the review is, every chart by number, and what the sheet was drawn from."""
    return _render("review_overview.html.j2", status=status, chart_list=charts, **frame)


def message_page(title: str, words: str) -> str:
    """A page that only says something: a used link, a wrong address."""
    return _render("review_message.html.j2", title=title, words=words)


def part(name: str) -> bytes:
    """A style sheet or script of the pages."""
    return resources.files("migrate.report").joinpath("templates", name).read_bytes()


def _sections(chart: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for place, item in enumerate(chart["items"]):
        kind = item["kind"]
        name = SECTIONS.get(kind) or _HUMP.sub(" ", kind).capitalize()
        found.setdefault(name, []).append(item | {"place": place})
    return list(found.items())


def _render(template: str, **values: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(marks=MARKS, signs=_signs(), keys=KEYS, longest=LONGEST_SHOWN, **values)
    )


@cache
def _signs() -> dict[str, Markup]:
    """The marks as HTML: a large chart has ten thousand of them."""
    from markupsafe import Markup

    whole = Markup('<span class="mark {}"><span aria-hidden="true">{}</span> {}</span>')
    return {state: whole.format(state, *sign) for state, sign in MARKS.items()}


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(lambda name: part(name).decode()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )


def _inert(value: object) -> object:
    """Text out of data, with nothing that turns the text around it."""
    from markupsafe import Markup

    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return _UNSAFE.sub("\ufffd", value)
    return value
