"""The practice itself: settings, providers, locations, payers, fee schedule, code tables."""

from __future__ import annotations

from sample_data.generate.dictionary import CODES
from sample_data.generate.words import luhn_npi
from sample_data.generate.world import World

PROVIDERS = (
    ("11", "Hawthorne", "Imogen", "MD", "207Q00000X", "Y"),
    ("12", "Bellweather", "Tobias", "DO", "207Q00000X", "Y"),
    ("13", "Sandpiper", "Odette", "NP", "363LF0000X", "Y"),
    ("14", "Marrowby", "Cuthbert", "MD", "208000000X", "Y"),
    ("15", "Fenwick", "Perpetua", "LCSW", "1041C0700X", "Y"),
    ("16", "Oldcastle", "Barnaby", "MD", "207Q00000X", "N"),
)
PAYERS = (
    ("P01", "Prairie Mutual Health", "COM", "99901"),
    ("P02", "Great Basin Benefit Plan", "COM", "99902"),
    ("P03", "Medicare Part B (fictional carrier)", "MCR", "99903"),
    ("P04", "Statewide Medicaid (fictional plan)", "MCD", "99904"),
    ("P05", "Silver Supplement Life", "SUP", "99905"),
    ("P06", "Quarry Workers Comp Fund", "WC", "99906"),
)
FEES = {
    "99203": ("New patient visit", "165.00"),
    "99213": ("Established visit, low", "110.00"),
    "99214": ("Established visit, moderate", "158.00"),
    "99395": ("Preventive visit, adult", "172.50"),
    "99392": ("Preventive visit, child", "148.00"),
    "90834": ("Psychotherapy 45 min", "128.00"),
    "36415": ("Blood draw", "14.25"),
    "80048": ("Basic metabolic panel", "38.40"),
    "80061": ("Lipid panel", "52.75"),
    "83036": ("Glycated hemoglobin", "41.10"),
    "84443": ("TSH", "63.80"),
    "85025": ("Blood count with differential", "33.05"),
    "81003": ("Urinalysis", "11.90"),
    "87880": ("Rapid strep", "29.95"),
    "90471": ("Vaccine administration", "27.60"),
    "94010": ("Spirometry", "72.00"),
    "93000": ("Electrocardiogram", "48.50"),
    "11200": ("Skin tag removal", "118.00"),
    "20610": ("Joint injection", "142.00"),
    "69210": ("Ear wax removal", "68.00"),
    "FORM": ("School or work form (local code)", "15.00"),
    "NOSHOW": ("Missed appointment (local code)", "35.00"),
}


def make_practice(world: World) -> None:
    """Everything that is not about a patient."""
    world.add(
        "practice_settings",
        {
            "PRACTICE_ID": "1",
            "NAME": "Riverbend Family Medicine",
            "NPI": luhn_npi("100000009"),
            "TAX_ID": "00-0000000",
            "ADDR1": "1 Landing Sq",
            "CITY": "Riverbend",
            "STATE": "IL",
            "ZIP": "60999",
            "PHONE": "(312) 555-0100",
            "FAX": "(312) 555-0101",
            "STMT_MSG": "Thank you for choosing Riverbend",
            "LOGO_FILE": "logo.bmp",
        },
    )
    for place, (loc, name, street) in enumerate(
        (
            ("1", "Riverbend Main Office", "1 Landing Sq"),
            ("2", "East Quarry Clinic", "40 Quarry Rd"),
        )
    ):
        world.add(
            "locations",
            {
                "LOC_ID": loc,
                "NAME": name,
                "ADDR1": street,
                "CITY": ("Riverbend", "East Quarry")[place],
                "STATE": "IL",
                "ZIP": ("60999", "60997")[place],
                "PHONE": f"(312) 555-01{place}0",
                "POS": "11",
                "COLOR": ("#336699", "#993366")[place],
            },
        )
    _make_people(world)
    for cpt, (text, fee) in FEES.items():
        world.add(
            "fee_schedule",
            {
                "FEE_ID": world.number("fee"),
                "CPT": cpt,
                "DESCR": text,
                "FEE": fee,
                "EFF": "1/1/2024",
            },
        )
    for table, entries in CODES.items():
        for code, text in entries.items():
            world.add("code_tables", {"TBL": table, "CODE": code, "DESCR": text, "SORT": "0"})


def _make_people(world: World) -> None:
    for place, (prov, last, first, degree, taxonomy, active) in enumerate(PROVIDERS):
        world.add(
            "providers",
            {
                "PROV_ID": prov,
                "LAST_NAME": last,
                "FIRST_NAME": first,
                "CREDENTIAL": degree,
                "NPI": luhn_npi(f"10000001{place}"),
                "TAXONOMY": taxonomy,
                "LOC_ID": "2" if prov == "14" else "1",
                "PHONE": f"(312) 555-012{place}",
                "ACTIVE": active,
                "INITIALS": first[0] + last[0],
            },
        )
    for place, (payer, name, kind, edi) in enumerate(PAYERS):
        world.add(
            "payers",
            {
                "PAYER_ID": payer,
                "NAME": name,
                "KIND": kind,
                "EDI_ID": edi,
                "ADDR1": f"PO Box {900 + place}",
                "CITY": "Larkspur",
                "STATE": "IL",
                "ZIP": "60996",
                "PHONE": f"(800) 555-02{place}0",
                "ACTIVE": "Y",
            },
        )
