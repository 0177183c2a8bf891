"""The page: one self-contained HTML file that asks for nothing from anywhere."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from migrate.report import charts, words
from migrate.report.text import grouped

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from migrate.report.evidence import Evidence

LONGEST = 300
FIRST, MANY, SHOWN, MOST = 8, 12, 40, 400
# Control characters, and those that turn the direction of the text around them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def report_page(document: Mapping[str, Any], evidence: Evidence | None = None) -> str:
    """The report's HTML. ``document`` is that of :func:`migrate.report.view.report_document`;
    with ``evidence`` it is the edition that holds chart values."""
    css = _part("report.css")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            d=document,
            e=evidence,
            w=words,
            css=css,
            policy=policy(css),
            flow=charts.flow(document["rows"]),
            drawn=charts.years(document["years"], document["exported_at"]),
            share=charts.share,
            aged=charts.aged(document["aging"]),
            patterns_by_fate=tuple(charts.PATTERNS.items()),
            first=FIRST,
            many=MANY,
            shown=SHOWN,
            most_findings=MOST,
        )
    )


def page_of(template: str, style: str, **values: object) -> str:
    """A self-contained page: a template of this package with one of its style sheets inside."""
    css = _part(style)
    whole = _environment().overlay(finalize=directed)
    return whole.get_template(template).render(css=css, policy=policy(css), **values)


def policy(css: str) -> str:
    """The content security policy of a page with this style sheet inside: it, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _part(name: str) -> str:
    return resources.files("migrate.report").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )
    environment.filters.update(n=number, money=grouped_or_dash, part=percent, px=pixels)
    environment.filters.update(cap=capital, ticks=ticked, instant=instant, limit=limit)
    return environment


def _inert(value: object) -> object:
    """A name out of the data: cut, and with nothing that turns the text around it."""
    from markupsafe import Markup

    if isinstance(value, str) and not isinstance(value, Markup):
        return directed(value if len(value) <= LONGEST else value[:LONGEST] + "…")
    return value


def directed(value: object) -> object:
    """A text with nothing that turns the text around it."""
    from markupsafe import Markup

    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSAFE.sub("\ufffd", value)
    return value


def number(value: int | None) -> str:
    """A count with thousands commas; a dash for what has not been reached."""
    return "–" if value is None else f"{value:,}"


def grouped_or_dash(value: object) -> str:
    """An amount (text) or a count, for people."""
    if isinstance(value, int) or value is None:
        return number(value)
    return grouped(str(value)) or "–"


def percent(part: int, whole: int) -> str:
    """A share without false comfort: 100% and 0% only where it is exactly that."""
    if not whole:
        return "–"
    if part in (0, whole):
        return "100%" if part else "0%"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}%"


def capital(text: str) -> str:
    """A sentence's first letter as a capital; an identifier (with ``_`` or ``.``) stays."""
    first = text.split(" ", 1)[0]
    return text if "_" in first or "." in first else text[:1].upper() + text[1:]


def ticked(text: str) -> Markup:
    """Words in backticks as code."""
    from markupsafe import Markup, escape

    pieces = [escape(piece) for piece in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if n % 2 else piece
        for n, piece in enumerate(pieces)
    )


def instant(text: str) -> str:
    """An instant of ISO 8601 for people; any other text as it is."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = when.strftime("%z")
    shown = f" (UTC{zone[:3]}:{zone[3:5]})" if zone and when.utcoffset() else " (UTC)"
    return f"{when.day} {words.MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{shown}"


def limit(threshold: object) -> str:
    """A check's threshold: how many may fail, or which share."""
    if not isinstance(threshold, Mapping):
        return "–" if threshold is None else f"≤ {threshold}"
    parts = [f"≤ {threshold['failed']:,}"] if threshold.get("failed") is not None else []
    if threshold.get("share") is not None:
        parts.append(f"≤ {(100 * Decimal(str(threshold['share']))).normalize():f}%")
    return " ".join(parts) or "–"


def pixels(value: float) -> str:
    """A length inside a picture."""
    return f"{value:.1f}"
