"""Choosing and changing rows for the answer key."""

from __future__ import annotations

from collections.abc import Callable

from sample_data.generate.world import KeyLine, Row, World

KEYS = {
    "patients": ("PAT_ID",),
    "patient_merges": ("MERGE_ID",),
    "insurance": ("INS_ID",),
    "appointments": ("APPT_ID",),
    "encounters": ("ENC_ID",),
    "encounter_dx": ("DX_ID",),
    "problems": ("PROB_ID",),
    "medications": ("MED_ID",),
    "allergies": ("ALG_ID",),
    "immunizations": ("IMM_ID",),
    "vitals": ("VIT_ID",),
    "lab_results": ("RES_ID",),
    "social_history": ("SH_ID",),
    "notes": ("NOTE_ID",),
    "documents": ("DOC_ID",),
    "care_plans": ("CP_ID",),
    "referrals": ("REF_ID",),
    "procedures": ("PROC_ID",),
    "recalls": ("RECALL_ID",),
    "charges": ("CHG_ID",),
    "payment_lines": ("LINE_ID",),
    "claims": ("CLAIM_NO",),
    "claim_lines": ("CLAIM_NO", "LINE_NO"),
}
NEW_KEYS = 990001


class Seeder:
    """Takes rows that no other defect touches, changes or copies them, and writes the key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.used: set[int] = set()
        merged = {r["PAT_ID"] for r in world.rows("patients") if r["STATUS"] in "MD"}
        self.plain = {r["PAT_ID"] for r in world.rows("patients")} - merged

    def take(self, table: str, skip: int = 0, fits: Callable[[Row], bool] | None = None) -> Row:
        """The row number ``skip`` among the unused rows of plain patients that fit."""
        rows = [
            row
            for row in self.world.rows(table)
            if id(row) not in self.used
            and row.get("PAT_ID", "") in self.plain
            and row.get("VOIDED", "N") == "N"
            and (fits is None or fits(row))
        ]
        row = rows[skip % len(rows)]
        self.used.add(id(row))
        return row

    def copy(self, table: str, row: Row, **changes: str) -> Row:
        """A new row at the table's end, like this one but for a new key and these changes."""
        new = dict(row)
        new[KEYS[table][0]] = self.world.number("seeded", NEW_KEYS)
        new.update(changes)
        self.used.add(id(new))
        return self.world.add(table, new)

    def note(
        self, table: str, row: Row, defect: str, fate: str, code: str = "", text: str = ""
    ) -> None:
        """One line of the answer key."""
        key = "|".join(row[column] for column in KEYS[table])
        self.world.key.append(KeyLine(table, row, key, defect, fate, code, text))
