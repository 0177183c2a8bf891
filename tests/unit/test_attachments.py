"""Attachments by their bytes: the same in another writing, another one in the same length."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.attachments import digests
from migrate.core.compare import differences
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import load_run, make_project, plan_and_sign, practice, through, verify_run


def scan(data: str, kind: str = "application/pdf") -> dict[str, object]:
    return {
        "resourceType": "DocumentReference",
        "id": "scan",
        "status": "current",
        "content": [{"attachment": {"contentType": kind, "data": data}}],
    }


def kinds(sent: object, held: object) -> list[str]:
    return [one.kind for one in differences(json.dumps(sent).encode(), json.dumps(held).encode())]


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=1, max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_other_line_breaks_are_the_same_bytes_and_one_bit_is_not(
    held: bytes, place: int, change: int
) -> None:
    data = base64.b64encode(held).decode()
    wrapped = base64.encodebytes(held).decode().replace("\n", "\r\n")
    assert kinds(scan(data), scan(wrapped)) == ["base64 form"]
    other = bytearray(held)
    other[place % len(held)] ^= change
    assert kinds(scan(data), scan(base64.b64encode(other).decode())) == ["changed"]
    one, two = (digests(json.dumps(scan(text)).encode()) for text in (data, wrapped))
    assert one == two and list(one) == [".content[0].attachment.data"]


def test_sampled_data_is_no_attachment_and_broken_base64_is_none() -> None:
    def trace(data: str) -> dict[str, object]:
        sampled = {"origin": {"value": 1}, "period": 10, "dimensions": 1, "data": data}
        return {"resourceType": "Observation", "id": "o", "valueSampledData": sampled}

    assert kinds(trace("1 23 456"), trace("12 34 56")) == ["changed"]
    assert digests(json.dumps(trace("1234")).encode()) == {}
    assert digests(json.dumps(scan("no base64!")).encode()) == {}
    assert kinds(scan("no base64!"), scan("no base64!!")) == ["changed"]
    assert digests(b'{"data": ') == {}


class Scanner(EmbeddedTarget):
    """Gives attachments back with a change of its own."""

    change = staticmethod(lambda data: data)

    def read(self, refs):  # type: ignore[no-untyped-def]
        """As they are held, with the attachment changed."""
        for one in super().read(refs):
            if one.content is not None and one.type == "DocumentReference":
                held = json.loads(one.content)
                attachment = held["content"][0]["attachment"]
                attachment["data"] = self.change(attachment["data"])
                one = type(one)(one.type, one.id, one.version, json.dumps(held).encode())
            yield one


@pytest.mark.parametrize(
    ("change", "same", "declared", "findings"),
    [
        (lambda data: data, 1, 0, {}),
        (lambda data: data[:40] + "\n" + data[40:], 1, 1, {}),
        (lambda data: data[:-8], 0, 0, {"LOD031": 1}),
    ],
)
def test_verify_compares_attachments_by_their_digest(
    tmp_path: Path, change: object, same: int, declared: int, findings: dict[str, int]
) -> None:
    document = scan(base64.b64encode(b"an invented letter " * 9).decode())
    project = make_project(
        tmp_path / "p", [*practice(1, 1), document | {"subject": {"reference": "Patient/p0"}}]
    )
    run = plan_and_sign(project)
    load_run(project, run)

    def opened(target: EmbeddedTarget) -> Scanner:
        target.close()
        made = Scanner(project.folder / "target.db")
        made.change = change  # type: ignore[assignment]
        return made

    found = verify_run(project, run, through(opened))  # type: ignore[arg-type]
    assert found.document()["attachments"] == {"sent": 1, "same": same}
    assert found.declared["base64 form"] == declared and dict(found.findings) == findings
    assert any(f"SHA-256): {same} of 1" in line for line in found.lines())
