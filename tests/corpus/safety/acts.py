"""Procedures, visits, plans, goals, relatives, coverages: done or not, planned or not."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

PAGE = "CF Procedure.csv"


def act(
    name: str,
    entry: str,
    source: str,
    kind: str,
    section: str,
    expect: dict[str, Expected] | None = None,
    fate: str = "mapped",
) -> Case:
    """A case of any type."""
    return Case(f"act-{name}", section, entry, source, kind, expect or {}, fate)


def _procedures() -> list[Case]:
    found = []
    for state, meaning in (
        ("completed", "completed"),
        ("active", "in-progress"),
        ("aborted", "stopped"),
        ("cancelled", "not-done"),
        ("nullified", "entered-in-error"),
        ("suspended", "on-hold"),
        ("", "unknown"),
    ):
        name = f"done-{state or 'unsaid'}"
        found.append(
            act(
                name,
                e.done(f"act-{name}", state=state),
                "ConceptMap CF-ProcedureStatus",
                "Procedure",
                "47519-4",
                {"status": meaning},
            )
        )
    for tag, template in (("procedure", "14"), ("act", "12"), ("observation", "13")):
        name = f"not-done-{tag}"
        entry = e.done(f"act-{name}", tag=tag, template=template, negated="true")
        found.append(
            act(name, entry, f"{PAGE}: negationInd", "Procedure", "47519-4", {"status": "not-done"})
        )
        name = f"planned-{tag}"
        entry = e.done(
            f"act-{name}",
            tag=tag,
            template={"procedure": "41", "act": "39", "observation": "44"}[tag],
            mood="INT",
            state="active",
            time=e.point("20300101"),
        )
        found.append(
            act(
                name,
                entry,
                "Planned act: moodCode INT",
                "ServiceRequest",
                "18776-5",
                {"status": "active", "intent": "plan", "occurrenceDateTime": "2030-01-01"},
            )
        )
        name = f"intended-{tag}"
        entry = e.done(f"act-{name}", tag=tag, template=template, mood="RQO", state="active")
        found.append(
            act(
                name,
                entry,
                "moodCode RQO among procedures is no procedure done",
                "ServiceRequest",
                "47519-4",
                {"intent": "order"},
            )
        )
    value = e.cd("value", "10828004", "Positive")
    found += [
        act(
            "done-status-other",
            e.done("act-done-status-other", state="normal"),
            "no default to completed",
            "Procedure",
            "47519-4",
            fate="rejected",
        ),
        act(
            "done-in-error-denied",
            e.done("act-done-in-error-denied", state="nullified", negated="true"),
            "statusCode nullified goes first",
            "Procedure",
            "47519-4",
            {"status": "entered-in-error"},
        ),
        act(
            "point",
            e.done("act-point"),
            f"{PAGE}: effectiveTime TS",
            "Procedure",
            "47519-4",
            {"performedDateTime": "2017-03-04", "performedPeriod": None},
        ),
        act(
            "span",
            e.done("act-span", time=e.span("20170304", "20170305")),
            f"{PAGE}: effectiveTime IVL",
            "Procedure",
            "47519-4",
            {"performedPeriod.start": "2017-03-04", "performedPeriod.end": "2017-03-05"},
        ),
        act(
            "finding",
            e.done(
                "act-finding",
                "168731009",
                "Plain chest X-ray",
                tag="observation",
                template="13",
                value=value,
            ),
            "Procedure Activity Observation with a value",
            "Observation",
            "47519-4",
            {"valueCodeableConcept.coding.code": "10828004", "status": "final"},
        ),
        act(
            "planned-not",
            e.done("act-planned-not", template="41", mood="INT", state="active", negated="true"),
            "Planned Procedure negationInd",
            "ServiceRequest",
            "18776-5",
            {"doNotPerform": True},
        ),
        act(
            "planned-cancelled",
            e.done("act-planned-cancelled", template="41", mood="INT", state="cancelled"),
            "Planned Procedure statusCode",
            "ServiceRequest",
            "18776-5",
            {"status": "revoked"},
        ),
        act(
            "planned-as-event",
            e.done("act-planned-as-event", template="41", mood="EVN"),
            "moodCode EVN among plans: what is meant is not certain",
            "ServiceRequest",
            "18776-5",
            fate="rejected",
        ),
        act(
            "planned-drug",
            e.drug("act-planned-drug", template="42", mood="INT"),
            "Planned Medication Activity",
            "MedicationRequest",
            "18776-5",
            {"intent": "order", "status": "active"},
        ),
    ]
    return found


def _visits() -> list[Case]:
    found = []

    def visit(case: str, **given: str) -> str:
        given = {
            "tag": "encounter",
            "template": "49",
            "system": e.CPT,
            "code": "99213",
            "display": "Office visit",
        } | given
        return e.done(case, **given)

    for state, meaning in (
        ("completed", "finished"),
        ("active", "in-progress"),
        ("aborted", "unknown"),
        ("cancelled", "cancelled"),
        ("held", "planned"),
        ("new", "unknown"),
        ("suspended", "onleave"),
        ("nullified", "entered-in-error"),
        ("", "unknown"),
    ):
        name = f"visit-{state or 'unsaid'}"
        found.append(
            act(
                name,
                visit(f"act-{name}", state=state),
                "ConceptMap CF-EncounterStatus",
                "Encounter",
                "46240-8",
                {"status": meaning},
            )
        )
    for state, meaning in (
        ("active", "planned"),
        ("completed", "unknown"),
        ("cancelled", "cancelled"),
    ):
        name = f"visit-planned-{state}"
        entry = visit(f"act-{name}", template="40", mood="INT", state=state)
        found.append(
            act(
                name,
                entry,
                "Planned Encounter: moodCode INT never finished",
                "Encounter",
                "18776-5",
                {"status": meaning},
            )
        )
    found += [
        act(
            "visit-denied",
            visit("act-visit-denied", negated="true"),
            "negationInd",
            "Encounter",
            "46240-8",
            fate="rejected",
        ),
        act(
            "visit-planned-denied",
            visit("act-visit-planned-denied", template="40", mood="INT", negated="true"),
            "negationInd",
            "Encounter",
            "18776-5",
            fate="rejected",
        ),
    ]
    return found


def _rest() -> list[Case]:
    def goal(case: str, state: str, negated: str = "") -> str:
        return e.result(
            case,
            e.pq("70", "kg"),
            code="29463-7",
            template="121",
            mood="GOL",
            state=state,
            negated=negated,
            time=e.span("20200101", "20210101"),
        )

    def relative(case: str, *illnesses: str, who: str = "FTH") -> str:
        subject = (
            '<subject><relatedSubject classCode="PRS">'
            + e.cd("code", who, "Relative", "2.16.840.1.113883.5.111")
            + "</relatedSubject></subject>"
        )
        inside = "".join(f"<component>{illness}</component>" for illness in illnesses)
        return (
            f'<organizer classCode="CLUSTER" moodCode="EVN">{e.tid("45")}{e.ident(case)}'
            f"{e.status('completed')}"
            f"{subject}{inside}</organizer>"
        )

    def illness(case: str, negated: str = "") -> str:
        return e.observation(
            "46",
            e.ident(case) + e.cd("code", "64572001", "Condition"),
            e.cd("value", "22298006", "Myocardial infarction"),
            negated=negated,
        )

    policy = (
        f'<act classCode="ACT" moodCode="EVN">{e.tid("60")}'
        f"{e.cd('code', '48768-6', system=e.LOINC)}{e.status('completed')}"
        + e.inner(
            "COMP",
            f'<act classCode="ACT" moodCode="EVN">{e.tid("61")}{e.ident("act-policy")}'
            f"{e.cd('code', 'SELF', 'Self', '2.16.840.1.113883.5.110')}{e.status('completed')}"
            '<performer typeCode="PRF"><assignedEntity><id root="2.999.8" extension="payer"/>'
            "<representedOrganization>"
            "<name>Invented Insurer</name></representedOrganization></assignedEntity></performer>"
            '<participant typeCode="COV"><participantRole classCode="PAT">'
            '<id root="2.999.9" extension="MEMBER-1"/>'
            '<code code="SPO" codeSystem="2.16.840.1.113883.5.111"/>'
            "<playingEntity><name>Testa Madeup</name></playingEntity>"
            "</participantRole></participant></act>",
        )
        + "</act>"
    )
    chair = (
        '<supply classCode="SPLY" moodCode="{mood}"{negated}>'
        + e.tid("50")
        + "{ident}"
        + "{state}"
        + e.point("20200101")
        + '<participant typeCode="PRD"><participantRole classCode="MANU">'
        + "<playingDevice>"
        + e.cd("code", "58938008", "Wheelchair")
        + "</playingDevice></participantRole></participant></supply>"
    )
    return [
        act(
            "goal",
            goal("act-goal", "active"),
            "Goal Observation: moodCode GOL is no finding",
            "Goal",
            "61146-7",
            {
                "lifecycleStatus": "active",
                "target.detailQuantity.value": 70,
                "target.dueDate": "2021-01-01",
            },
        ),
        act(
            "goal-reached",
            goal("act-goal-reached", "completed"),
            "Goal Observation statusCode",
            "Goal",
            "61146-7",
            {"lifecycleStatus": "completed"},
        ),
        act(
            "goal-dropped",
            goal("act-goal-dropped", "cancelled"),
            "Goal Observation statusCode",
            "Goal",
            "61146-7",
            {"lifecycleStatus": "cancelled"},
        ),
        act(
            "goal-unsaid",
            goal("act-goal-unsaid", ""),
            "no default to active",
            "Goal",
            "61146-7",
            fate="rejected",
        ),
        act(
            "goal-denied",
            goal("act-goal-denied", "active", "true"),
            "negationInd",
            "Goal",
            "61146-7",
            fate="rejected",
        ),
        act(
            "father",
            relative("act-father", illness("act-fathers")),
            "Family History Organizer",
            "FamilyMemberHistory",
            "10157-6",
            {"relationship.coding.code": "FTH", "condition.code.coding.code": "22298006"},
        ),
        act(
            "mother-well",
            relative("act-mother-well", illness("act-mothers-not", "true"), who="MTH"),
            "a denied illness is not one he has",
            "FamilyMemberHistory",
            "10157-6",
            {"relationship.coding.code": "MTH", "condition": None},
        ),
        Case(
            "act-denied-illness",
            "10157-6",
            relative("act-someone", illness("act-denied-illness", "1")),
            "a denied illness is held back",
            "Observation",
            {},
            "rejected",
        ),
        act(
            "policy",
            policy,
            "Policy Activity",
            "Coverage",
            "48768-6",
            {"status": "active", "subscriberId": "MEMBER-1", "relationship.coding.code": "SPO"},
        ),
        act(
            "chair",
            chair.format(
                mood="EVN", negated="", ident=e.ident("act-chair"), state=e.status("completed")
            ),
            "Non-Medicinal Supply Activity",
            "DeviceUseStatement",
            "46264-8",
            {"status": "completed"},
        ),
        act(
            "chair-planned",
            chair.format(
                mood="INT", negated="", ident=e.ident("act-chair-planned"), state=e.status("active")
            ),
            "Non-Medicinal Supply Activity: moodCode INT",
            "DeviceUseStatement",
            "46264-8",
            {"status": "intended"},
        ),
        act(
            "chair-denied",
            chair.format(
                mood="EVN",
                negated=' negationInd="true"',
                ident=e.ident("act-chair-denied"),
                state=e.status("completed"),
            ),
            "negationInd",
            "DeviceUseStatement",
            "46264-8",
            fate="rejected",
        ),
    ]


CASES = [*_procedures(), *_visits(), *_rest()]
