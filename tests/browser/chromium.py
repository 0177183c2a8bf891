"""Debian's Chromium under Playwright, held to this machine, with screenshots kept by the run.

``EHR_MIGRATE_CHROMIUM`` names another Chromium; ``EHR_MIGRATE_SCREENSHOTS`` a folder for the
pictures (else they lie in pytest's temporary folder).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

DESKTOP, PHONE = (1280, 900), (390, 844)


def need_chromium() -> str:
    """The browser's path; skips the test where there is none."""
    found = os.environ.get("EHR_MIGRATE_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    return found


class Seen:
    """A page, what it asked for, and what its console said."""

    def __init__(self, page: Any, pictures: Path) -> None:
        self.page = page
        self.pictures = pictures
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: (self.errors.append("a dialog"), dialog.dismiss()))

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Keep a screenshot."""
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=whole)

    def serious_faults(self) -> list[str]:
        """axe-core's serious and critical findings: rule and how many elements."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:120]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))


@contextlib.contextmanager
def browsing(pictures: Path, size: tuple[int, int], *, csp: bool = True) -> Iterator[Seen]:
    """A fresh window of this size. ``csp`` False lets axe-core in where a policy forbids it."""
    from playwright.sync_api import sync_playwright

    kept = Path(os.environ.get("EHR_MIGRATE_SCREENSHOTS", pictures))
    kept.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=need_chromium(), args=["--no-sandbox"])
        try:
            width, height = size
            context = browser.new_context(
                viewport={"width": width, "height": height}, bypass_csp=not csp
            )
            yield Seen(context.new_page(), kept)
        finally:
            browser.close()
