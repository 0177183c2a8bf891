"""The review's server: one browser on this machine gets in, and nothing else does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migrate.errors import AskedWrongly
from migrate.stages.review.serve import ReviewServer, Service
from migrate.store.reviews import ReviewFolder
from tests.review_project import fresh_copy, serving, sheet_of


class Browser:
    """Requests as a browser makes them, with its cookie."""

    def __init__(self, server: ReviewServer) -> None:
        self.port = server.server_port
        self.path = server.url.partition(str(self.port))[2]
        self.headers = {"Origin": f"http://127.0.0.1:{self.port}"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text

    def enter(self) -> None:
        status, headers, _ = self.ask("GET", self.path)
        assert (status, headers["location"]) == (303, "/")
        self.headers["Cookie"] = headers["set-cookie"].partition(";")[0]

    def judge(self, **fields: object) -> tuple[int, dict[str, str], str]:
        body = json.dumps(fields).encode()
        return self.ask("POST", "/verdict", body, Content_Type="application/json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "project"
    return fresh_copy(path)[1].folder


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    from migrate.store.workspace import Run

    (folder / "review/verdicts.jsonl").unlink(missing_ok=True)
    with serving(sheet_of(Run(folder.name, folder))) as server:
        yield Browser(server)


def test_the_link_opens_once(browser: Browser) -> None:
    assert browser.ask("GET", "/")[0] == 403
    browser.enter()
    assert browser.ask("GET", "/")[0] == 200
    other = {"Cookie": ""}
    assert browser.ask("GET", browser.path, **other)[0] == 403
    assert browser.ask("GET", "/chart/1", Cookie="review=guess")[0] == 403
    assert browser.ask("GET", "/review.js", Cookie="")[0] == 403


def test_the_cookie_is_for_this_page_only(browser: Browser) -> None:
    _, headers, _ = browser.ask("GET", browser.path)
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Strict" in headers["set-cookie"]


def test_every_page_is_strict_and_names_nothing_outside(browser: Browser) -> None:
    browser.enter()
    for path in ("/", "/chart/1", "/chart/999", "/nowhere", "/review.css", "/review.js"):
        _, headers, text = browser.ask("GET", path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert 'src="http' not in text and 'href="http' not in text and "url(" not in text
    page = browser.ask("GET", "/chart/1")[2]
    assert "Riverbend &lt;i&gt;Family" in page and "<i>" not in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", ""])
def test_another_name_for_this_machine_is_refused(browser: Browser, host: str) -> None:
    browser.enter()
    assert browser.ask("GET", "/", Host=host)[0] == 421
    assert browser.ask("POST", "/verdict", b"{}", Host=host)[0] == 421


def test_a_verdict_comes_from_these_pages_only(browser: Browser, folder: Path) -> None:
    body = b'{"chart":1,"item":"x","verdict":"right","note":""}'
    kind = {"Content_Type": "application/json"}
    assert browser.ask("POST", "/verdict", body, **kind)[0] == 403
    browser.enter()
    assert browser.ask("POST", "/verdict", body, Content_Type="text/plain")[0] == 403
    assert browser.ask("POST", "/verdict", body, Origin="http://evil.example", **kind)[0] == 403
    assert browser.ask("POST", "/other", body, **kind)[0] == 404
    assert browser.ask("POST", "/verdict", b"x" * 70_000, **kind)[0] == 413
    assert not (folder / "review/verdicts.jsonl").exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"chart":"1","item":"x","verdict":"right"}',
        b'{"chart":true,"item":"x","verdict":"right"}',
        b'{"chart":1,"item":["x"],"verdict":"right"}',
        b'{"chart":1,"item":"x","verdict":"right"}',
        b"\xff\xfe",
    ],
)
def test_rubbish_is_answered_and_written_nowhere(
    browser: Browser, folder: Path, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.enter()
    status = browser.ask("POST", "/verdict", body, Content_Type="application/json")[0]
    assert status == 400
    assert not (folder / "review/verdicts.jsonl").exists()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("path", ["/chart/0", "/chart/-1", "/chart/1e9", "/chart/²", "/chart/"])
def test_a_chart_that_is_not_there(browser: Browser, path: str) -> None:
    browser.enter()
    assert browser.ask("GET", path.replace("²", "%C2%B2"))[0] == 404


def test_a_verdict_is_on_the_disk_when_it_is_answered(browser: Browser, folder: Path) -> None:
    browser.enter()
    item = ReviewFolder(folder).items()[0]
    status, _, text = browser.judge(chart=1, item=item.item, verdict="wrong", note="a note")
    assert status == 200
    told = json.loads(text)
    written = list(ReviewFolder(folder).verdicts())
    assert [(v.item, v.verdict, v.note, v.by) for v in written] == [
        (item.item, "wrong", "a note", "Dr Invented")
    ]
    assert told["found"] is item.planted
    assert "charts are judged" in told["state"]


def test_addresses_hold_no_chart_value(browser: Browser) -> None:
    assert urlsplit(browser.path).query.startswith("token=")
    browser.enter()
    page = browser.ask("GET", "/chart/1")[2]
    assert 'href="/chart/2"' in page and "Patient/" not in "".join(
        part.split('"')[0] for part in page.split('href="')[1:]
    )


def test_a_port_that_is_taken_is_said(browser: Browser, folder: Path) -> None:
    from migrate.store.workspace import Run

    sheet = sheet_of(Run(folder.name, folder))
    with pytest.raises(AskedWrongly) as refused:
        ReviewServer(Service(sheet, "x", "y"), browser.port)
    assert refused.value.code == "REV004"
