"""Puts the world together and writes it as the old system would have."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sample_data.generate.chart import make_chart
from sample_data.generate.defects import broken_text, seed_defects
from sample_data.generate.labs import make_labs
from sample_data.generate.money import make_money
from sample_data.generate.papers import make_papers
from sample_data.generate.people import make_people
from sample_data.generate.plans import make_plans
from sample_data.generate.practice import make_practice
from sample_data.generate.totals import controls
from sample_data.generate.visits import make_visits
from sample_data.generate.world import World

KEY_COLUMNS = ("table", "row", "key", "defect", "expected_fate", "expected_code", "note")
WITH_BOM = ("referrals",)


def build_world() -> World:
    """The whole export in memory, defects seeded."""
    world = World()
    make_practice(world)
    make_people(world)
    visits = make_visits(world)
    make_chart(world, visits)
    make_labs(world, visits)
    make_plans(world, visits)
    make_papers(world, visits)
    make_money(world, visits)
    world.tables["encounters"].sort(key=lambda row: int(row["ENC_ID"]))
    seed_defects(world)
    return world


def build() -> dict[str, bytes]:
    """Every file of ``sample_data/riverbend`` that is generated, by its path inside it."""
    world = build_world()
    made = {f"export/{path}": content for path, content in world.files.items()}
    for table, rows in world.tables.items():
        text = broken_text(table, _csv([list(rows[0]), *([*row.values()] for row in rows)]))
        made[f"export/{table}.csv"] = (b"\xef\xbb\xbf" if table in WITH_BOM else b"") + text
    made["answer_key.csv"] = _csv(_key_lines(world))
    made["controls.csv"] = _csv(controls(world))
    return made


def _csv(lines: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode()


def _key_lines(world: World) -> list[list[str]]:
    places = {
        id(row): place for rows in world.tables.values() for place, row in enumerate(rows, start=1)
    }
    lines = [
        [
            line.table,
            str(places[id(line.row)]) if line.row else "",
            line.key,
            line.defect,
            line.fate,
            line.code,
            line.note,
        ]
        for line in world.key
    ]
    lines.sort(key=lambda line: (line[0], int(line[1] or 0), line[3]))
    return [list(KEY_COLUMNS), *lines]


def write(folder: Path) -> int:
    """Write everything below ``folder`` anew; gives the number of files."""
    made = build()
    for old in sorted((folder / "export").rglob("*"), reverse=True):
        old.unlink() if old.is_file() else old.rmdir()
    for path, content in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return len(made)
