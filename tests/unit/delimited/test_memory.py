"""Memory does not grow with the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

_MEGABYTES = 200
_PEAK = 400
_READ = """
import re, sys
from pathlib import Path
from migrate.core.ports import ExtractRequest, TableDone
from migrate.extractors.delimited import DelimitedExtractor
for event in DelimitedExtractor().extract(ExtractRequest(sys.argv[1])):
    if isinstance(event, TableDone):
        print(event.table.rows)
# ru_maxrss would begin with the size of the process that forked this one; VmHWM is its own.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.slow
def test_a_large_file_fits_in_little_memory(tmp_path: Path) -> None:
    row = b'%07d,P-%06d,2024-01-15,2345-7,"Glucose, fasting\nsecond line",104.50,mg/dL\n'
    block = b"".join(row % (n, n) for n in range(20_000))
    rows = 0
    with (tmp_path / "obs.csv").open("wb") as stream:
        stream.write(b"id,patient,day,code,name,value,unit\n")
        while stream.tell() < _MEGABYTES << 20:
            stream.write(block)
            rows += 20_000
    found = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    staged, peak = map(int, found.stdout.split())
    assert staged == rows
    assert peak < _PEAK
