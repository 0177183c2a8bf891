"""A sign-off: a named person's acceptance of exact digests, and what has changed since.

What is bound is grouped by *things* that people have a word for (the inputs, the profile, the
output set …); each thing is a set of names with a digest or an identity.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from migrate.core.limits import Limits, limits_of

Things = Mapping[str, Mapping[str, str]]

# What a signature binds (DESIGN: the dry run is the run), in the order in which people read it.
INPUTS = "the export as staged"
PROFILE = "the mapping profile"
ID_KEY = "the id key"
OUTPUTS = "the resources to load"
REPORT = "the report before loading"
REVIEW = "the chart review"
ACCEPTED = "the accepted findings"
PLAN = "the plan"
TARGET = "the target"
SETTINGS = "the project's settings"
THINGS = (INPUTS, PROFILE, ID_KEY, OUTPUTS, REPORT, REVIEW, ACCEPTED, PLAN, TARGET, SETTINGS)
TIME = "the time it holds for"
VALID_DAYS = 90
# New files beside the signed report are no change: what is written after loading lies there too.
MAY_GROW = frozenset({REPORT})

_SYNONYMS = {
    "clinician": "clinical",
    "physician": "clinical",
    "biller": "billing",
    "privacy officer": "privacy",
    "migration lead": "lead",
    "implementation lead": "lead",
}
ROLES = ("clinical", "billing", "privacy", "lead")
_TEXTS = ("name", "role", "at", "run", "expires", "recorded_by")


def role_named(word: str) -> str:
    """The role that a word means: lower case, with synonyms (clinician → clinical) resolved."""
    plain = " ".join(word.strip().lower().split())
    return _SYNONYMS.get(plain, plain)


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signed what, when (ISO 8601, UTC), and which accepted findings they saw.

    ``accepted`` are lines of words (code, where, count, reason, by whom); ``safety`` says how
    many of them are safety findings.
    """

    name: str
    role: str
    at: str
    run: str
    things: Things
    accepted: tuple[str, ...] = ()
    safety: int = 0
    statement: tuple[str, ...] = ()
    expires: str = ""
    recorded_by: str = ""
    limits: Limits | None = None

    @property
    def how(self) -> str:
        """How it was signed, in words."""
        if self.recorded_by:
            return f"in ink on paper, recorded by {self.recorded_by}"
        return "by typing the name"


@dataclass(frozen=True, slots=True)
class Change:
    """One bound thing that is not as it was signed; ``names`` are files or properties."""

    thing: str
    names: tuple[str, ...]

    def words(self) -> str:
        """For a message: the thing and its first few names."""
        if self.thing == TIME:
            return f"{self.thing} is over since {self.names[0]}"
        shown = ", ".join(self.names[:3])
        more = f" and {len(self.names) - 3} more" if len(self.names) > 3 else ""
        return f"{self.thing} changed: {shown}{more}"


def changes(signed: Things, now: Things, *, ignoring: frozenset[str] = frozenset()) -> list[Change]:
    """What differs between the signed things and the present ones, in reading order."""
    found = []
    for thing in [*THINGS, *sorted(set(signed) - set(THINGS))]:
        if thing in ignoring:
            continue
        before, after = signed.get(thing, {}), now.get(thing, {})
        names = [name for name in before if after.get(name) != before[name]]
        if thing not in MAY_GROW:
            names += [name for name in after if name not in before]
        if names:
            found.append(Change(thing, tuple(sorted(names))))
    return found


def overdue(one: SignOff, now: datetime.datetime) -> list[Change]:
    """Its time as a change, when that is over at ``now`` (with a zone)."""
    if not one.expires or now < datetime.datetime.fromisoformat(one.expires):
        return []
    return [Change(TIME, (one.expires,))]


def things_digest(things: Things) -> str:
    """One digest over everything bound, for a printed statement: SHA-256, 64 hex digits."""
    digest = hashlib.sha256()
    for thing in sorted(things):
        for name in sorted(things[thing]):
            for text in (thing, name, things[thing][name]):
                digest.update(f"{len(text.encode())}:{text}".encode())
    return digest.hexdigest()


def printed(digest: str) -> str:
    """The first 24 digits in groups of four, to be read from paper and typed.

    >>> printed("0123456789abcdef0123456789abcdef")
    '0123-4567-89AB-CDEF-0123-4567'
    """
    return "-".join(digest[n : n + 4] for n in range(0, 24, 4)).upper()


def valid_days(setting: object) -> int:
    """``[signoff] valid_days``: how long a signature holds. Raises ValueError."""
    if setting is None:
        return VALID_DAYS
    if not isinstance(setting, int) or isinstance(setting, bool) or setting < 1:
        raise ValueError("valid_days must be a whole number of days, at least 1")
    return setting


def required_roles(setting: object) -> dict[str, int]:
    """``[signoff] require`` as role → number of people; nothing set: one of any role (``any``).

    Raises ValueError when it is not a table of whole numbers.
    """
    if setting is None:
        return {"any": 1}
    if not isinstance(setting, Mapping):
        raise ValueError("require must be a table, for example {clinical = 1, billing = 1}")
    wanted: dict[str, int] = {}
    for name, number in setting.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ValueError(f"require.{name} must be a whole number")
        if number:
            wanted[role_named(str(name))] = number
    return wanted or {"any": 1}


def missing_roles(
    required: Mapping[str, int], signed: Iterable[SignOff], *, safety_accepted: bool
) -> list[str]:
    """Which signatures are still to come, in words; empty when all are there.

    Each person counts once a role. Accepted safety findings always need a clinical signature.
    """
    people: dict[str, set[str]] = {}
    for one in signed:
        for role in (role_named(one.role), "any"):
            people.setdefault(role, set()).add(" ".join(one.name.lower().split()))
    wanted = dict(required)
    if safety_accepted:
        wanted["clinical"] = max(1, wanted.get("clinical", 0))
    return [
        f"{number - len(people.get(role, ()))} of role {role}"
        for role, number in sorted(wanted.items())
        if len(people.get(role, ())) < number
    ]


def signoff_document(one: SignOff) -> dict[str, object]:
    """The JSON form that is sealed."""
    return {
        "kind": "ehr-migrate sign-off",
        "name": one.name,
        "role": one.role,
        "at": one.at,
        "run": one.run,
        "things": {thing: dict(names) for thing, names in one.things.items()},
        "accepted": list(one.accepted),
        "safety": one.safety,
        "statement": list(one.statement),
        "expires": one.expires,
        "recorded_by": one.recorded_by,
        "limits": None if one.limits is None else one.limits.document(),
    }


def signoff_of(document: Mapping[str, object]) -> SignOff:
    """The sign-off of its JSON form. Raises ValueError when the form is another."""
    things, accepted, safety = (document.get(name) for name in ("things", "accepted", "safety"))
    said = document.get("statement")
    texts = [document.get(name) for name in _TEXTS]
    if not (
        document.get("kind") == "ehr-migrate sign-off"
        and isinstance(things, Mapping)
        and isinstance(accepted, Sequence)
        and isinstance(said, Sequence)
        and isinstance(safety, int)
        and all(isinstance(text, str) for text in texts)
    ):
        raise ValueError("not a sign-off")
    name, role, at, run, expires, recorded_by = (str(text) for text in texts)
    bound = {str(thing): dict(names) for thing, names in things.items()}
    lines, words = tuple(str(line) for line in accepted), tuple(str(line) for line in said)
    limits = limits_of(document.get("limits"))
    return SignOff(name, role, at, run, bound, lines, safety, words, expires, recorded_by, limits)
