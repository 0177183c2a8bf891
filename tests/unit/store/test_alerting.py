"""What the new system can act on, and what it can only show."""

from pathlib import Path

from migrate.store.alerting import alerting

SNOMED = '"coding":[{"system":"http://snomed.info/sct","code":"91936005"}]'
NONE = '"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]'
LOCAL = '"coding":[{"system":"urn:oid:2.999","code":"L1"}],"text":"old word"'
RXNORM = '"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"723"}]'
ACTIVE = '"clinicalStatus":{"coding":[{"code":"active"}]}'
ALLERGIES = [
    f'{{"id":"a","code":{{{SNOMED},"text":"Penicillin"}},{ACTIVE},"patient":{{"reference":"p"}}}}',
    f'{{"id":"b","code":{{{SNOMED},"text":"Penicillin"}},"patient":{{"reference":"q"}}}}',
    f'{{"id":"c","code":{{{LOCAL}}},{ACTIVE},"patient":{{"reference":"p"}}}}',
    '{"id":"d","code":{"text":"Fruit"},"patient":{"reference":"p"}}',
    f'{{"id":"e","code":{{{SNOMED}}},"clinicalStatus":{{"coding":[{{"code":"resolved"}}]}}}}',
    f'{{"id":"f","code":{{{SNOMED}}},"verificationStatus":{{"coding":[{{"code":"refuted"}}]}}}}',
    f'{{"id":"g","code":{{{NONE}}},{ACTIVE}}}',
    '{"id":"h"}',
]
DRUG = '{"id":"m","code":{' + RXNORM + ',"text":"Amoxicillin"}}'
ORDERS = [
    f'{{"id":"a","status":"active","medicationCodeableConcept":{{{RXNORM}}}}}',
    f'{{"id":"b","status":"stopped","medicationCodeableConcept":{{{RXNORM}}}}}',
    f'{{"id":"c","status":"active","medicationCodeableConcept":{{{LOCAL}}}}}',
    '{"id":"d","status":"active","medicationReference":{"reference":"Medication/m"}}',
    '{"id":"e","status":"active","medicationReference":{"reference":"Medication/gone"}}',
    '{"id":"f","medicationCodeableConcept":{"text":"as needed"}}',
]


def write(folder: Path, **files: list[str]) -> None:
    for name, lines in files.items():
        (folder / f"{name}.ndjson").write_text("".join(line + "\n" for line in lines))


def test_standings(tmp_path: Path) -> None:
    write(tmp_path, AllergyIntolerance=ALLERGIES, MedicationRequest=ORDERS, Medication=[DRUG])
    with alerting(tmp_path) as view:
        assert view.counts() == [
            ("allergies", "alerts", 2),
            ("allergies", "text-only", 3),
            ("allergies", "not-in-force", 2),
            ("allergies", "none-known", 1),
            ("medications", "alerts", 2),
            ("medications", "text-only", 3),
            ("medications", "not-in-force", 1),
        ]


def test_names_text_only_first_then_by_number(tmp_path: Path) -> None:
    write(tmp_path, AllergyIntolerance=ALLERGIES, MedicationRequest=ORDERS, Medication=[DRUG])
    with alerting(tmp_path) as view:
        found = list(view.names())
    assert found[0][:3] == ("allergies", "text-only", "")
    assert ("allergies", "text-only", "old word", "L1", 1, 1) in found
    assert ("allergies", "alerts", "Penicillin", "91936005", 2, 2) in found
    assert ("medications", "alerts", "Amoxicillin", "723", 1, 0) in found
    assert sum(line[4] for line in found) == len(ALLERGIES) + len(ORDERS)


def test_a_run_without_either(tmp_path: Path) -> None:
    write(tmp_path, AllergyIntolerance=[])
    with alerting(tmp_path) as view:
        assert view.counts() == []
        assert list(view.names()) == []
