"""Money: who pays, what was charged, paid, written off, claimed and answered."""

from __future__ import annotations

from collections.abc import Mapping

from .factkinds import Kind, coded, listed
from .sqlparts import text_at as at


def _bucket(code: str) -> str:
    return (
        "json_extract_string(list_filter(json_extract(resource, '$.totalPriceComponent[*]'), "
        f"lambda p: json_extract_string(p, '$.code.coding[0].code') = '{code}')[1], "
        "'$.amount.value')"
    )


def _detail(kind: str) -> str:
    """SQL of the amounts of a payment's details of a kind, in the order of their texts."""
    return (
        "array_to_string(list_sort(list_transform(list_filter(json_extract(resource, "
        f"'$.detail[*]'), lambda d: json_extract_string(d, '$.type.coding[0].code') = '{kind}'), "
        "lambda d: json_extract_string(d, '$.amount.value'))), ' ')"
    )


def _adjudged(code: str) -> str:
    """SQL of the sum of all lines' adjudications of a category."""
    return (
        "list_sum(list_transform(list_filter(json_extract(resource, "
        "'$.item[*].adjudication[*]'), lambda a: "
        f"lower(json_extract_string(a, '$.category.coding[0].code')) = '{code}'), "
        "lambda a: TRY_CAST(json_extract_string(a, '$.amount.value') AS DECIMAL(18, 2))))::VARCHAR"
    )


MONEY: Mapping[str, Kind] = {
    "coverages": Kind(
        "Coverage",
        {
            "member": at("subscriberId"),
            "number": at("identifier[0].value"),
            "group": "json_extract_string(list_filter(json_extract(resource, '$.class[*]'), "
            "lambda c: json_extract_string(c, '$.type.coding[0].code') = 'group')[1], '$.value')",
            "relation": at("relationship.coding[0].code"),
            "began": at("period.start"),
            "ended": at("period.end"),
            "rank": at("order"),
            "copay": at("costToBeneficiary[0].valueMoney.value"),
            "payer_name": at("payor[0].display"),
        },
        links={"payer": "payor[0].reference"},
    ),
    "charges": Kind(
        "ChargeItem",
        {
            "number": at("identifier[0].value"),
            "standard": coded("code"),
            "label": at("code.text"),
            "status": at("status"),
            "served": at("occurrenceDateTime"),
            "posted": at("enteredDate"),
            "units": at("quantity.value"),
            "amount": at("priceOverride.value"),
            "currency": at("priceOverride.currency"),
            "reason": at("reason[0].coding[0].code"),
        },
        links={
            "visit": "context.reference",
            "provider": "performer[0].actor.reference",
            "account": "account[0].reference",
        },
    ),
    "payments": Kind(
        "PaymentReconciliation",
        {
            "number": at("identifier[0].value"),
            "paid": at("paymentDate"),
            "amount": at("paymentAmount.value"),
            "currency": at("paymentAmount.currency"),
            "check_number": at("paymentIdentifier.value"),
            "status": at("status"),
            "applied": _detail("payment"),
            "unapplied": _detail("advance"),
        },
        links={"payer": "paymentIssuer.reference"},
    ),
    "adjustments": Kind(
        "Invoice",
        {
            "number": at("identifier[0].value"),
            "code": coded("type", standard=False),
            "dated": at("date"),
            "status": at("status"),
            "amount": at("lineItem[0].priceComponent[0].amount.value"),
            "currency": at("lineItem[0].priceComponent[0].amount.currency"),
        },
        "json_exists(resource, '$.lineItem')",
        links={
            "account": "account.reference",
            "charge": "lineItem[0].chargeItemReference.reference",
        },
    ),
    "balances": Kind(
        "Invoice",
        {
            "number": at("identifier[0].value"),
            "balance": at("totalNet.value"),
            "currency": at("totalNet.currency"),
            **{
                name: _bucket(name)
                for name in (
                    "age_0_30",
                    "age_31_60",
                    "age_61_90",
                    "age_91_up",
                    "credit",
                    "unapplied",
                )
            },
        },
        "NOT json_exists(resource, '$.lineItem')",
        links={"account": "account.reference"},
    ),
    "claims": Kind(
        "Claim",
        {
            "number": at("identifier[0].value"),
            "status": at("status"),
            "billed": at("created"),
            "total": at("total.value"),
            "lines": listed("item[*].net.value"),
            "codes": listed("item[*].productOrService.text"),
            "diagnoses": listed("diagnosis[*].diagnosisCodeableConcept.coding[0].code"),
        },
        links={"provider": "provider.reference", "coverage": "insurance[0].coverage.reference"},
    ),
    "remits": Kind(
        "ExplanationOfBenefit",
        {
            "number": at("identifier[0].value"),
            "created": at("created"),
            "outcome": at("outcome"),
            "reason": at("disposition"),
            "totals": listed("total[*].amount.value"),
            "paid": at("payment.amount.value"),
            "payment": at("payment.identifier.value"),
            "paid_sum": _adjudged("payment"),
            "adjusted_sum": _adjudged("adjustment"),
        },
        links={"claim": "claim.reference", "payer": "insurer.reference"},
    ),
}
