"""People, devices and organizations of a document: authors, performers, custodians."""

from __future__ import annotations

from migrate.extractors.ccda.codes import code_cells
from migrate.extractors.ccda.facts import Found, fact
from migrate.extractors.ccda.values import Cells, addresses, identifiers, names, spread, telecoms
from migrate.extractors.ccda.xml import Element, child, text_of

_ROLES = ("assignedAuthor", "assignedEntity", "assignedCustodian", "associatedEntity")
_ORGANIZATIONS = (
    "representedOrganization",
    "representedCustodianOrganization",
    "providerOrganization",
    "scopingOrganization",
)


def agent(participation: Element | None, at: str, found: Found) -> str | None:
    """Notes whoever takes part; gives the key of the person, device or organization."""
    if participation is None:
        return None
    if participation not in found.agents:
        found.agents[participation] = _agent(participation, at, found)
    return found.agents[participation]


def _agent(participation: Element, at: str, found: Found) -> str | None:
    role = next((each for name in _ROLES if (each := child(participation, name)) is not None), None)
    if role is None:
        return None
    organization = next(
        (each for name in _ORGANIZATIONS if (each := child(role, name)) is not None), None
    )
    person = next(
        (
            each
            for name in ("assignedPerson", "associatedPerson")
            if (each := child(role, name)) is not None
        ),
        None,
    )
    device = child(role, "assignedAuthoringDevice")
    alone = role if person is None and device is None else None
    owner = None if organization is None else organization_key(organization, at, found, alone)
    if alone is not None and owner is not None:
        return owner
    cells = _common(role, names(person)) | {"organization": owner}
    cells |= code_cells("specialty", child(role, "code"), found.parts, 2)
    if device is not None:
        model = text_of(child(device, "manufacturerModelName"))
        cells |= {"kind": "device", "device": model or text_of(child(device, "softwareName"))}
        return fact("agents", cells, at, found)
    if not names(person) and not identifiers(role):
        return owner
    return fact("agents", cells | {"kind": "person"}, at, found)


def organization_key(
    element: Element, at: str, found: Found, role: Element | None = None
) -> str | None:
    """Notes an organization; None where the document says nothing of it. A role that names no
    person says the organization's own ids, addresses and telecoms (a payer's)."""
    cells = _common(element, names(element)) | {"kind": "organization"}
    if role is not None:
        ids = dict.fromkeys((*identifiers(element), *identifiers(role)))
        said = {name: cell for name, cell in cells.items() if cell}
        cells = _common(role, []) | said | spread("id", list(ids), 4)
    if not cells.get("name_1") and not cells.get("id_1"):
        return None
    return fact("agents", cells, at, found)


def place_key(role: Element | None, entity: Element | None, at: str, found: Found) -> str | None:
    """Notes a place where care was given (a service delivery location, a facility); None where
    nothing names it."""
    if role is None:
        return None
    cells = _common(role, names(entity)) | {"kind": "place"}
    cells = spread("address", addresses(entity), 3) | cells
    cells |= code_cells("specialty", child(role, "code"), found.parts, 2)
    said = ("name_1", "id_1", "address_1", "specialty", "specialty_text")
    return fact("agents", cells, at, found) if any(cells.get(name) for name in said) else None


def _common(element: Element, called: list[str]) -> Cells:
    return (
        spread("id", identifiers(element), 4)
        | spread("name", called, 3)
        | spread("address", addresses(element), 3)
        | spread("telecom", telecoms(element), 4)
    )
