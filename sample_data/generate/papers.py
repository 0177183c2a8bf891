"""Progress notes (signed, unsigned, sensitive) and scanned documents with their files."""

from __future__ import annotations

from sample_data.generate import files
from sample_data.generate.visits import Visit
from sample_data.generate.world import FREEZE, Draw, World, us

PLANS = (
    "Continue present medication. RTC 3 mo.",
    "Labs today, will call with results.",
    'Discussed diet; patient states "I will try".',
    "Symptomatic care, fluids, return if fever > 101 F.",
)
EXTENSIONS = {"LAB": "pdf", "RAD": "pdf", "CON": "rtf", "REF": "rtf", "INS": "tif", "HIP": "tif"}


def make_papers(world: World, visits: list[Visit]) -> None:
    """A note for most visits, a document for some."""
    draw = Draw("papers")
    for visit in visits:
        if draw.chance(0.9):
            _note(world, draw, visit)
        if draw.chance(0.075):
            _document(world, draw, visit)


def _note(world: World, draw: Draw, visit: Visit) -> None:
    kind, sensitive = "PN", ""
    if visit.encounter["ENC_TYPE"] == "BH":
        kind = draw.pick(("BHN", "BHN", "PSY"))
        sensitive = "P" if kind == "PSY" else ""
    elif visit.encounter["ENC_TYPE"] == "TH":
        kind = "PHN"
    if kind == "PN" and visit.reason.text == "Depression" and draw.chance(0.15):
        sensitive = "S"
    unsigned = (FREEZE - visit.day).days < 25 or draw.chance(0.03)
    listed = "; ".join(c.text for c in visit.conditions) or "none"
    body = (
        f"S: {visit.age} y/o here for {visit.reason.text.lower()}.\n"
        f"PMH: {listed}\nO: see vitals.\nA: {visit.reason.text}\nP: {draw.pick(PLANS)}"
    )
    world.add(
        "notes",
        {
            "NOTE_ID": world.number("note", 400001),
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "PROV_ID": visit.encounter["PROV_ID"],
            "NOTE_DTTM": visit.encounter["START_DTTM"],
            "KIND": kind,
            "STATUS": "U" if unsigned else ("A" if draw.chance(0.03) else "S"),
            "SIGNED_DTTM": "" if unsigned else visit.encounter["START_DTTM"],
            "SENSITIVE": sensitive,
            "NOTE_TXT": body,
            "EDITOR_VER": "3.1",
        },
    )


def _document(world: World, draw: Draw, visit: Visit) -> None:
    category = draw.pick(("LAB", "LAB", "RAD", "CON", "REF", "INS", "HIP", "OLD"))
    number = world.number("document", 1)
    extension = EXTENSIONS.get(category, "txt")
    folder = f"{visit.day.year}"
    title = world_title(world, category)
    lines = [
        "Riverbend Family Medicine (fictional sample)",
        f"{title} of {us(visit.day)}",
        f"Chart {visit.patient['MRN']}",
        f"Re: {visit.reason.text}",
    ]
    made = {
        "pdf": lambda: files.pdf(lines),
        "rtf": lambda: files.rtf(lines),
        "tif": lambda: files.tiff(int(number)),
        "txt": lambda: files.text(lines),
    }[extension]()
    world.files[f"docs/{folder}/d{int(number):05d}.{extension}"] = made
    world.add(
        "documents",
        {
            "DOC_ID": number,
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"] if draw.chance(0.5) else "",
            "DOC_DT": us(visit.day),
            "CATEGORY": category,
            "TITLE": title,
            "FILE_PATH": f"DOCS\\{folder}\\D{int(number):05d}.{extension.upper()}",
            "PAGES": "1",
            "STATUS": "X" if draw.chance(0.03) else "A",
            "REVIEWED_BY": draw.pick(("11", "12", "")),
            "SCANNED_BY": draw.pick(("FRONT", "MA1")),
            "QUEUE": "",
        },
    )


def world_title(world: World, category: str) -> str:
    """What the code table calls a document category."""
    return next(
        row["DESCR"]
        for row in world.rows("code_tables")
        if row["TBL"] == "DOC_CAT" and row["CODE"] == category
    )
