"""Where the shared corpus and reference parts are, for tests that are skipped without them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path | None:
    """``$EHR_MIGRATE_SHARED``, or a folder ``shared`` beside the project; None when absent."""
    named = os.environ.get("EHR_MIGRATE_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if (folder / "corpus").is_dir() else None


def need_shared(*parts: str) -> Path:
    """A path below the shared folder; skips the test where it is not there."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("the shared corpus is not beside the project (set EHR_MIGRATE_SHARED)")
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared corpus has no {'/'.join(parts)}")
    return path
