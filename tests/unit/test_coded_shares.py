"""Which records carry a standard code."""

from pathlib import Path

from migrate.store.coding import coded_shares

SNOMED = '{"coding":[{"system":"http://snomed.info/sct","code":"1"}]}'
LOCAL = '{"coding":[{"system":"urn:oid:2.999","code":"1"}],"text":"x"}'
RXNORM = '{"coding":[{"system":"urn:x"},{"system":"http://www.nlm.nih.gov/research/umls/rxnorm"}]}'


def test_coded_and_text_only(tmp_path: Path) -> None:
    lines = {
        "AllergyIntolerance": [
            f'{{"id":"a","code":{SNOMED}}}',
            f'{{"id":"b","code":{LOCAL}}}',
            '{"id":"c","code":{"text":"x"}}',
            '{"id":"d"}',
        ],
        "Medication": [f'{{"id":"m","code":{RXNORM}}}', f'{{"id":"n","code":{LOCAL}}}'],
        "MedicationRequest": [
            f'{{"id":"e","medicationCodeableConcept":{RXNORM}}}',
            f'{{"id":"f","medicationCodeableConcept":{LOCAL}}}',
            '{"id":"g","medicationReference":{"reference":"Medication/m"}}',
            '{"id":"h","medicationReference":{"reference":"Medication/n"}}',
        ],
        "Condition": [],
    }
    for name, resources in lines.items():
        (tmp_path / f"{name}.ndjson").write_text("".join(line + "\n" for line in resources))
    assert coded_shares(tmp_path) == [("allergies", 4, 1), ("medications", 4, 2)]
