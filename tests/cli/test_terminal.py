"""What a terminal gets: bold only where it is one, and nothing that it would obey."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.cli.output import inert, say, table_lines, tell
from migrate.cli.progress import Bar
from tests.cli.run import ehr_migrate


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "env", "bold"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_headings_are_bold_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, env: dict[str, str], bold: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stream)
    say(*table_lines(("table", "rows"), [("a[bold]b", 1_234)]))
    text = stream.getvalue()
    assert ("\x1b[1m" in text) is bold
    assert "a[bold]b  1,234" in text and text.count("\x1b") == (2 if bold else 0)


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_no_name_can_move_the_cursor_or_turn_the_text(name: str) -> None:
    shown = inert(name)
    assert len(shown) == len(name)
    assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 for c in shown)
    assert not set(shown) & set("\u202e\u202a\u2066\u200f")


def test_messages_are_inert_too(capsys: pytest.CaptureFixture[str]) -> None:
    tell("a\x1b]0;title\x07b")
    assert capsys.readouterr().err == "a\ufffd]0;title\ufffdb\n"


def test_the_shell_can_complete() -> None:
    done = ehr_migrate(_EHR_MIGRATE_COMPLETE="bash_source")
    assert done.code == 0 and "complete" in done.out
    words = ehr_migrate(
        _EHR_MIGRATE_COMPLETE="bash_complete", COMP_WORDS="ehr-migrate rev", COMP_CWORD="1"
    )
    assert "review" in words.out


@pytest.mark.parametrize("total", [3, None])
def test_a_bar_shows_its_task_and_rate_and_goes_away(
    monkeypatch: pytest.MonkeyPatch, total: int | None
) -> None:
    from rich.progress import Progress

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    bar = Bar()
    bar.start("mapping [bold]it[/bold]", total)
    for _ in range(3):
        bar.advance()
        assert isinstance(bar._rich, Progress)
        bar._rich.refresh()
    rates = [task.fields["rate"] for task in bar._rich.tasks] if bar._rich else []
    bar.done()
    assert "mapping [bold]it[/bold]" in stream.getvalue()
    assert rates and rates[0].endswith("/s")
