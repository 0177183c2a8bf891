"""The content that ships with the tool: mapping profiles and the check pack.

In the wheel ``mappings`` and ``validators`` lie inside this package, so that no top-level name
of ours can collide with another distribution's. In the source tree they lie at the root, and
this package's search path is lengthened by it.
"""

from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent

if not (_HERE / "mappings").is_dir():
    __path__.append(str(_ROOT))


def mappings_folder() -> Path:
    """The folder of the shipped profiles and crosswalks."""
    inside = _HERE / "mappings"
    return inside if inside.is_dir() else _ROOT / "mappings"
