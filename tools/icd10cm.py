"""Makes ``migrate/core/conformance/data/icd10cm.txt`` from PyPI's simple-icd-10-cm.

ICD-10-CM is made by NCHS and CMS and in the public domain. A line is a heading's code and, behind a
tab, the ends of the codes below it that are complete (valid for billing)::

    E11.6<TAB>18 20 21 …      E11.618, E11.620, …

Run in the project's root: ``python tools/icd10cm.py``. The output is committed; nothing runs this
at install or at run time.
"""

from __future__ import annotations

from pathlib import Path

import simple_icd_10_cm as icd

_FILE = Path(__file__).resolve().parent.parent / "migrate/core/conformance/data/icd10cm.txt"
_HEAD = 5  # E11.6


def main() -> None:
    """Write the table."""
    ends: dict[str, list[str]] = {}
    for code in icd.get_all_codes(with_dots=True):
        if not icd.is_chapter(code) and not icd.is_block(code) and icd.is_leaf(code):
            ends.setdefault(code[:_HEAD], []).append(code[_HEAD:] or "-")
    lines = [f"{head}\t{' '.join(sorted(found))}" for head, found in sorted(ends.items())]
    _FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
