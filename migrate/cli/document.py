"""Writes the guide's generated pages: the CLI reference and a page for each issue code.

``python -m migrate.cli.document`` writes them; a test fails when they are stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from migrate.cli.main import commands
from migrate.core import issues

GUIDE = Path(__file__).parent.parent / "guide"
_FAMILIES = {
    "PRJ": "the project and the command line",
    "EXT": "reading an export",
    "PRO": "reading a profile",
    "MAP": "mapping",
    "CHK": "checks",
    "REC": "reconciliation",
    "REV": "chart review",
    "LOD": "plan, signature, load and verification",
    "HND": "hand-over packages for import desks",
}


def pages() -> dict[str, str]:
    """Every generated page: path inside the guide → text."""
    found = {"cli.md": _cli_page(), "issues/README.md": _issue_index()}
    for code in issues.catalogue().values():
        found[f"issues/{code.code}.md"] = (
            f"# {code.code}: {code.title}\n\n"
            f"Severity: {code.severity}. Family: {_FAMILIES[code.code[:3]]}.\n\n"
            f"## What it means\n\n{code.means}\n\n"
            f"## What to do\n\n{code.do}\n"
        )
    return found


def _issue_index() -> str:
    lines = ["# Issue codes", "", "`ehr-migrate explain CODE` prints the same.", ""]
    for family, about in _FAMILIES.items():
        entries = [e for e in issues.catalogue().values() if e.code.startswith(family)]
        if not entries:
            continue
        lines += [f"## {family}: {about}", "", "| code | severity | title |", "|---|---|---|"]
        lines += [f"| [{e.code}]({e.code}.md) | {e.severity} | {e.title} |" for e in entries]
        lines.append("")
    return "\n".join(lines)


def _cli_page() -> str:
    group = commands()
    lines = [
        "# Command line reference",
        "",
        "Written by `make docs` from the commands themselves. Exit codes: 0 done, 2 asked",
        "wrongly, 10 not ready, 20 failed for now (run again), 21 a person must act, 101 a fault",
        "of this tool, 130 interrupted (run again).",
        "",
    ]
    with click.Context(group, info_name="ehr-migrate") as top:
        lines += ["```", group.get_help(top), "```", ""]
        for name in group.list_commands(top):
            command = group.get_command(top, name)
            assert command is not None
            with click.Context(command, info_name=name, parent=top) as inner:
                lines += [f"## {name}", "", "```", command.get_help(inner), "```", ""]
    return "\n".join(lines)


def write(guide: Path = GUIDE) -> list[Path]:
    """Write all generated pages; gives the paths that changed."""
    changed = []
    for name, text in pages().items():
        path = guide / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    for path in (guide / "issues").glob("*.md"):
        if f"issues/{path.name}" not in pages():
            path.unlink()
            changed.append(path)
    return changed


if __name__ == "__main__":
    for written in write():
        sys.stdout.write(f"{written.name}\n")
