"""Settings of a delimited export: the ``[source]`` table of ``migration.toml``, checked.

```toml
[source.options]                         # also encoding … line_end below, for all files
ignore = ["README*", "controls.csv"]     # listed, never staged
dictionary = "data_dictionary.csv"       # table,column[,type]
null_tokens = ["NULL"]                   # unquoted cells that mean nothing

[source.files."obs_*.csv"]
table = "obs"                            # several files of one table
encoding = "cp1252"
delimiter = "|"
quote = "none"                           # a character, "none", or "rfc" for the double quote
escape = "\\\\"                          # or "none"
columns = ["id", "name"]                 # names for a file without a header line
header = false
line_end = "crlf"                        # only CR LF ends a row; "lf", "cr"
trust_quotes = true                      # believe quoted fields that look like swallowed rows
```
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import cast

from migrate.errors import AskedWrongly
from migrate.extractors.delimited.encoding import known_encoding

LINE_ENDS = ("lf", "crlf", "cr")
_FOR_ALL = {
    *("encoding", "delimiter", "quote", "escape", "header"),
    *("line_end", "null_tokens", "trust_quotes"),
}


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What was declared for one file; None means: find out."""

    table: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    columns: tuple[str, ...] | None = None
    header: bool | None = None
    line_end: str | None = None
    null_tokens: tuple[str, ...] | None = None
    trust_quotes: bool | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What was declared for the whole export, and for files by name or pattern."""

    ignore: tuple[str, ...] = ()
    dictionary: str | None = None
    files: tuple[tuple[str, FileSettings], ...] = ()
    every: FileSettings = FileSettings()

    def for_file(self, path: str) -> FileSettings:
        """What the first entry that names this file says, completed by what holds for all."""
        own = next((found for key, found in self.files if matches(path, key)), FileSettings())
        missing = {
            entry.name: getattr(self.every, entry.name)
            for entry in fields(FileSettings)
            if getattr(own, entry.name) is None
        }
        return replace(own, **missing)

    def declared(self, path: str) -> bool:
        """Whether an entry of ``files`` names this file."""
        return any(matches(path, key) for key, _ in self.files)

    def ignored_by(self, path: str) -> str | None:
        """The ``ignore`` pattern that this file matches, or None."""
        return next((pattern for pattern in self.ignore if matches(path, pattern)), None)


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern names a file, by its whole path or by its last part; case matters not."""
    path, pattern = path.lower(), pattern.lower()
    return fnmatchcase(path, pattern) or fnmatchcase(path.rsplit("/", 1)[-1], pattern)


def read_settings(options: Mapping[str, object]) -> Settings:
    """Check the ``[source]`` table. Raises AskedWrongly (EXT023) with all mistakes at once."""
    wrong: list[str] = []
    nested = _table(options.get("options", {}), "source.options", wrong)
    general = {key: value for key, value in options.items() if key not in ("options", "files")}
    general |= nested
    own = {"ignore", "dictionary"}
    for_all = {key: value for key, value in general.items() if key not in own}
    _known_only(general, own | _FOR_ALL, "source.options", wrong)
    entries = _table(options.get("files", {}), "source.files", wrong)
    files = []
    for name, value in entries.items():
        where = f'source.files."{name}"'
        entry = _table(value, where, wrong)
        _known_only(entry, {found.name for found in fields(FileSettings)}, where, wrong)
        files.append((name, _file(entry, where, wrong)))
    settings = Settings(
        ignore=_strings(general.get("ignore", ()), "source.options.ignore", wrong),
        dictionary=_string(general.get("dictionary"), "source.options.dictionary", wrong),
        files=tuple(files),
        every=_file(for_all, "source.options", wrong),
    )
    if wrong:
        raise AskedWrongly(
            "EXT023",
            f"the settings of the export have {len(wrong)} mistake(s): {wrong[0]}",
            try_="correct [source] in migration.toml",
            details=tuple(wrong),
        )
    return settings


def _file(entry: Mapping[str, object], where: str, wrong: list[str]) -> FileSettings:
    encoding = _string(entry.get("encoding"), f"{where}.encoding", wrong)
    known = known_encoding(encoding) if encoding else None
    if encoding and known is None:
        wrong.append(f"{where}.encoding: no encoding this tool reads; write utf-8 or cp1252")
    line_end = _string(entry.get("line_end"), f"{where}.line_end", wrong)
    if line_end is not None and line_end not in LINE_ENDS:
        wrong.append(f"{where}.line_end: write one of {', '.join(LINE_ENDS)}")
    columns, tokens = entry.get("columns"), entry.get("null_tokens")
    return FileSettings(
        table=_string(entry.get("table"), f"{where}.table", wrong),
        encoding=known,
        delimiter=_character(entry.get("delimiter"), f"{where}.delimiter", (), wrong),
        quote=_character(entry.get("quote"), f"{where}.quote", ("none", "rfc"), wrong),
        escape=_character(entry.get("escape"), f"{where}.escape", ("none",), wrong),
        columns=None if columns is None else _strings(columns, f"{where}.columns", wrong),
        header=_boolean(entry.get("header"), f"{where}.header", wrong),
        line_end=line_end,
        null_tokens=None if tokens is None else _strings(tokens, f"{where}.null_tokens", wrong),
        trust_quotes=_boolean(entry.get("trust_quotes"), f"{where}.trust_quotes", wrong),
    )


def _known_only(entry: Mapping[str, object], known: set[str], where: str, wrong: list[str]) -> None:
    for key in entry:
        if key not in known:
            close = difflib.get_close_matches(key, sorted(known), 1)
            hint = close[0] if close else "one of " + ", ".join(sorted(known))
            wrong.append(f"{where}.{key}: unknown setting; write {hint}")


def _table(value: object, where: str, wrong: list[str]) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value)
    wrong.append(f"{where}: must be a table")
    return {}


def _string(value: object, where: str, wrong: list[str]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    wrong.append(f"{where}: must be text")
    return None


def _strings(value: object, where: str, wrong: list[str]) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wrong.append(f"{where}: must be a list of texts")
    return ()


def _boolean(value: object, where: str, wrong: list[str]) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    wrong.append(f"{where}: must be true or false")
    return None


def _character(value: object, where: str, words: tuple[str, ...], wrong: list[str]) -> str | None:
    if value is None or (isinstance(value, str) and value in words):
        return value
    if isinstance(value, str) and len(value) == 1 and value.isascii() and value not in "\r\n\0":
        return value
    also = "".join(f" or '{word}'" for word in words)
    wrong.append(f"{where}: must be one ASCII character{also}")
    return None
