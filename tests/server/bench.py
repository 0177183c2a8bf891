"""What a load reaches on a real server, beside a plain loader with the same bundles and threads.

    python -m tests.server.bench BASE LOADER [TOTAL] [BUNDLE] [THREADS] [ROUNDS]

``LOADER`` is a script like the shared ``reference/load.py``: it is called with BASE, TOTAL, BUNDLE,
THREADS, ``put`` and a prefix for its ids, and prints "… resources/s". The same mix of resources
goes the way of ``load``: signatures checked, every write journalled, every entry's answer read.
The two take turns, four a round; each round gives a ratio of the times that both took, and the
median of these is the figure. What was loaded stays there.

On a machine that others use, elapsed time says little. EHR_MIGRATE_SERVER may name the server's
processes (pids; their children count): then the processor time of both sides, server and client
together, is compared as well.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from functools import partial
from pathlib import Path

from migrate import plugins
from migrate.targets.fhir import open_target
from tests.loads import load_run, make_project, plan_and_sign

_PER_CHART = 10
# Either side goes first as often as last, so that other work on the machine and the growth of the
# database weigh on both alike.
_ROUNDS = (("plain", "ours", "ours", "plain"), ("ours", "plain", "plain", "ours"))


def mix(total: int, prefix: str) -> list[dict[str, object]]:
    """The loader's mix: of ten resources a patient, a visit, two problems, six results."""
    found: list[dict[str, object]] = []
    for chart in range(total // _PER_CHART):
        patient = f"{prefix}-{chart}"
        found.append(
            {
                "resourceType": "Patient",
                "id": patient,
                "identifier": [{"system": "urn:mrn", "value": patient}],
                "name": [{"family": "Invented", "given": ["G"]}],
                "gender": "female",
                "birthDate": "1980-01-02",
                "address": [{"city": "Exampleton", "state": "MA", "postalCode": "02101"}],
            }
        )
        found += [_part(patient, number) for number in range(1, _PER_CHART)]
    return found


def _part(patient: str, number: int) -> dict[str, object]:
    identity = f"{patient}-{number}"
    head: dict[str, object] = {
        "id": identity,
        "identifier": [{"system": "urn:part", "value": identity}],
        "subject": {"reference": f"Patient/{patient}"},
    }
    if number == 1:
        return head | {
            "resourceType": "Encounter",
            "status": "finished",
            "class": _coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"),
            "period": {"start": "2020-01-01T10:00:00Z", "end": "2020-01-01T11:00:00Z"},
        }
    if number < 4:
        clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
        return head | {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [_coding(clinical, "active")]},
            "code": {"coding": [_coding("http://snomed.info/sct", "44054006")]},
            "onsetDateTime": "2015-03-01",
        }
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return head | {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [_coding(category, "laboratory")]}],
        "code": {"coding": [_coding("http://loinc.org", "4548-4")]},
        "effectiveDateTime": "2020-01-01T10:00:00Z",
        "valueQuantity": {
            "value": 6.1,
            "unit": "%",
            "system": "http://unitsofmeasure.org",
            "code": "%",
        },
    }


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


class Processor:
    """Processor seconds of the server's processes, of this one and of those it has ended."""

    def __init__(self) -> None:
        self._roots = set(os.environ.get("EHR_MIGRATE_SERVER", "").split())
        self._ticks = os.sysconf("SC_CLK_TCK")

    @property
    def told(self) -> bool:
        """Whether the server's processes are named."""
        return bool(self._roots)

    def seconds(self) -> float:
        """So far."""
        children = os.times()
        total = children.children_user + children.children_system + time.process_time()
        return total + sum(self._fields(one) for one in Path("/proc").glob("[0-9]*/stat"))

    def _fields(self, stat: Path) -> float:
        try:
            name = stat.parent.name
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended in between
            return 0.0
        mine = name in self._roots or fields[1] in self._roots
        return (int(fields[11]) + int(fields[12])) / self._ticks if mine else 0.0


Turn = tuple[float, float]  # resources a second, processor seconds per 1,000 resources


def plain(
    processor: Processor, loader: str, base: str, total: int, bundle: int, threads: int
) -> Turn:
    """A turn of the plain loader. Raises CalledProcessError when it fails."""
    before = processor.seconds()
    prefix = f"l{uuid.uuid4().hex[:12]}"
    words = [sys.executable, loader, base, str(total), str(bundle), str(threads), "put", prefix]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    seconds = re.search(r"threads=\d+: ([\d.]+) s", said)
    if seconds is None or "errors 0" not in said:
        raise RuntimeError("the plain loader failed")
    return total / float(seconds.group(1)), 1000 * (processor.seconds() - before) / total


def ours(
    processor: Processor, base: str, total: int, bundle: int, threads: int, remembered: Path
) -> Turn:
    """A turn of ``load``, without the plan and the signature before it."""
    options = {"bundle": bundle, "connections": threads, "remembered": str(remembered)}
    plugins.open_target = lambda *_: open_target(base, options)
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "p", mix(total, f"m{uuid.uuid4().hex[:12]}"))
        run = plan_and_sign(project)
        before, begun = processor.seconds(), time.perf_counter()
        result = load_run(project, run)
        seconds = time.perf_counter() - begun
        work = 1000 * (processor.seconds() - before) / total
    if not result.ready or result.written.total() != total:
        raise RuntimeError("not everything was loaded")
    return total / seconds, work


def main(words: list[str]) -> int:
    """Run with the words of the command line; 1 when the ratio is below 0.9."""
    base, loader = words[:2]
    numbers = [int(word) for word in words[2:]]
    total, bundle, threads, rounds = [*numbers, *(8000, 500, 4, 5)[len(numbers) :]]
    turns: dict[str, list[Turn]] = {"plain": [], "ours": []}
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        processor, remembered = Processor(), Path(folder) / "abilities.json"
        sides = {
            "plain": partial(plain, processor, loader, base, total, bundle, threads),
            "ours": partial(ours, processor, base, total, bundle, threads, remembered),
        }
        for side in sides.values():  # a server gets quicker while it warms up
            side()
        for number in range(rounds):
            done = [(name, sides[name]()) for name in _ROUNDS[number % 2]]
            seconds = {one: sum(total / turn[0] for name, turn in done if name == one)
                       for one in sides}  # fmt: skip
            ratios.append(seconds["plain"] / seconds["ours"])
            for name, turn in done:
                turns[name].append(turn)
            said = ", ".join(f"{name} {rate:,.0f} ({work:.2f} s)" for name, (rate, work) in done)
            print(f"round {number + 1}: {said}, ratio {ratios[-1]:.2f}", flush=True)
    print(f"{total:,} resources, bundles of {bundle}, {threads} threads, {rounds} rounds of four:")
    return told(turns, ratios, processor)


def told(turns: dict[str, list[Turn]], ratios: list[float], processor: Processor) -> int:
    """Print the figures; 1 when the ratio is below 0.9."""
    rates = {name: statistics.median(rate for rate, _ in turns[name]) for name in turns}
    works = {name: statistics.median(work for _, work in turns[name]) for name in turns}
    ratio = statistics.median(ratios)
    print(f"plain loader {rates['plain']:,.0f} resources/s, load {rates['ours']:,.0f} (medians)")
    print(f"ratio {ratio:.2f} (median of the rounds, {min(ratios):.2f} to {max(ratios):.2f})")
    if processor.told:
        print(f"processor seconds per 1,000 resources, server and client: plain loader "
              f"{works['plain']:.2f}, load {works['ours']:.2f}, "
              f"ratio {works['plain'] / works['ours']:.2f}")  # fmt: skip
    return 0 if ratio >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
