"""What people come with: conditions, the drugs given for them, vaccines, allergens.

Codes are ICD-10-CM and, for rows from before October 2015 that the old system never recoded,
ICD-9-CM. Drug codes are the old system's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Drug:
    """One drug as the old system's formulary lists it. ``dose`` is what is taken at a time; it
    is empty where the sig alone tells."""

    code: str
    name: str
    strength: str
    dose: str
    unit: str
    form: str
    sig: str
    quantity: str


@dataclass(frozen=True)
class Condition:
    """A diagnosis, chronic or passing, with what follows from it."""

    icd10: str
    icd9: str
    text: str
    ages: tuple[int, int]
    drugs: tuple[Drug, ...] = ()
    panels: tuple[str, ...] = ()


LISINOPRIL = Drug("LISIN10", "Lisinopril", "10", "10", "mg", "tablet", "1 tab po qd for BP", "90")
AMLODIPINE = Drug("AMLOD5", "Amlodipine", "5", "5", "mg", "tablet", "one tablet daily", "90")
METFORMIN = Drug(
    "METF500", "Metformin", "500", "500", "mg", "tablet", "1 tab po bid w/ meals", "180"
)
ATORVASTATIN = Drug("ATORV20", "Atorvastatin", "20", "20", "mg", "tablet", "1 tab po qhs", "90")
LEVOTHYROXINE = Drug(
    "LEVOT50", "Levothyroxine", "50", "50", "mcg", "tablet", "1 tab po q am, empty stomach", "90"
)
ALBUTEROL = Drug(
    "ALBUHFA", "Albuterol HFA", "90", "180", "mcg", "inhaler", "2 puffs q4-6h prn wheeze", "1"
)
SERTRALINE = Drug(
    "SERTR50", "Sertraline", "50", "50", "mg", "tablet", "1 po q day; call if worse", "30"
)
OMEPRAZOLE = Drug("OMEPR20", "Omeprazole", "20", "20", "mg", "capsule", "1 cap ac breakfast", "30")
IBUPROFEN = Drug(
    "IBUPR600", "Ibuprofen", "600", "600", "mg", "tablet", "1 tab q6h prn pain #40", "40"
)
NITROFURANTOIN = Drug(
    "NITRO100", "Nitrofurantoin", "100", "100", "mg", "capsule", "1 bid x 5d", "10"
)
AMOXICILLIN = Drug(
    "AMOX400S", "Amoxicillin susp", "400", "400", "mg", "suspension", "5 mL po bid x10 days", "100"
)
AZITHROMYCIN = Drug(
    "AZITH250", "Azithromycin", "250", "", "mg", "tablet", "2 today then 1 qd x4", "6"
)
WARFARIN = Drug("WARF5", "Warfarin", "5", "", "mg", "tablet", "5 mg qd except 2.5 mg M/W/F", "90")

CHRONIC = (
    Condition(
        "I10", "401.9", "Essential hypertension", (35, 99), (LISINOPRIL, AMLODIPINE), ("BMP",)
    ),
    Condition(
        "E11.9", "250.00", "Type 2 diabetes mellitus", (38, 99), (METFORMIN,), ("A1C", "BMP")
    ),
    Condition("E78.5", "272.4", "Hyperlipidemia", (35, 99), (ATORVASTATIN,), ("LIPID",)),
    Condition("E03.9", "244.9", "Hypothyroidism", (25, 99), (LEVOTHYROXINE,), ("TSH",)),
    Condition("J45.909", "493.90", "Asthma", (3, 80), (ALBUTEROL,)),
    Condition("F32.A", "311", "Depression", (16, 90), (SERTRALINE,)),
    Condition("K21.9", "530.81", "GERD", (25, 99), (OMEPRAZOLE,)),
    Condition("I48.91", "427.31", "Atrial fibrillation", (60, 99), (WARFARIN,), ("INR",)),
    Condition("M17.11", "715.96", "Osteoarthritis, right knee", (50, 99), (IBUPROFEN,)),
    Condition("D50.9", "280.9", "Iron deficiency anemia", (15, 60), (), ("CBC", "FER")),
)
PASSING = (
    Condition("J06.9", "465.9", "Upper respiratory infection", (0, 99)),
    Condition("N39.0", "599.0", "Urinary tract infection", (14, 99), (NITROFURANTOIN,), ("UA",)),
    Condition("H66.90", "382.9", "Otitis media", (0, 10), (AMOXICILLIN,)),
    Condition("J02.0", "034.0", "Strep pharyngitis", (3, 30), (AMOXICILLIN,), ("STREP",)),
    Condition("J20.9", "466.0", "Acute bronchitis", (18, 99), (AZITHROMYCIN,)),
    Condition("M54.50", "724.2", "Low back pain", (18, 90), (IBUPROFEN,)),
    Condition("L30.9", "692.9", "Dermatitis", (0, 99)),
    Condition("H61.23", "380.4", "Impacted cerumen, bilateral", (20, 99)),
)
WELL_ADULT = Condition("Z00.00", "V70.0", "Adult examination", (18, 99), (), ("LIPID", "CBC"))
WELL_CHILD = Condition("Z00.129", "V20.2", "Well child examination", (0, 17))

ALLERGENS = (
    ("PCN", "Penicillins", "D", ("hives", "rash", "anaphylaxis")),
    ("SULFA", "Sulfa drugs", "D", ("rash", "hives")),
    ("CODEINE", "Codeine", "D", ("nausea", "itching")),
    ("NSAID", "NSAIDs", "D", ("stomach upset", "wheezing")),
    ("PEANUT", "Peanuts", "F", ("anaphylaxis", "hives", "throat swelling")),
    ("SHELL", "Shellfish", "F", ("hives", "throat swelling")),
    ("LATEX", "Latex", "E", ("rash", "itching")),
    ("CAT", "Cat dander", "E", ("sneezing", "wheezing")),
    ("", "some ear drops, name unknown", "D", ("burning",)),
    ("", "red dye??", "F", ("", "hyper")),
)
VACCINES = (
    ("140", "Influenza, preservative free", "IM"),
    ("115", "Tdap", "IM"),
    ("33", "Pneumococcal polysaccharide 23", "IM"),
    ("187", "Zoster recombinant", "IM"),
    ("208", "COVID-19 mRNA (Pfizer)", "IM"),
)
CHILD_VACCINES = (
    ("20", "DTaP", "IM"),
    ("10", "IPV", "IM"),
    ("03", "MMR", "SC"),
    ("21", "Varicella", "SC"),
    ("DTP-OLD", "DTP (old local code)", "IM"),
)
