"""The extractor of live databases: settings, then one snapshot, table by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrate.core.ports import Detection, ExtractEvent, ExtractRequest
from migrate.errors import AskedWrongly

_KNOWN = {"password", "schemas", "all_tables"}


@dataclass(frozen=True, slots=True)
class Options:
    """``[source.options]`` of a database. ``schemas`` empty: all that are not the server's own."""

    schemas: tuple[str, ...] = ()


class DatabaseExtractor:
    """PostgreSQL, MariaDB and MySQL, SQLite, and any database with an SQLAlchemy dialect.

    ``[source.options]``: ``password`` (where it lies, see :mod:`.address`), ``schemas`` (names),
    ``all_tables`` (read by the stage: tables that the profile does not name, too).
    """

    name = "database"

    def detect(self, source: str) -> Detection | None:
        """An address of a database; does not connect. Raises AskedWrongly (EXT051)."""
        if "://" not in source:
            return None
        from migrate.extractors.database.address import parsed, refuse_secrets

        url = parsed(source)
        if url is None:
            return None
        refuse_secrets(url)
        return Detection(0.99, f"the address of a database ({url.get_backend_name()})")

    def catalogue(self, request: ExtractRequest) -> Mapping[str, tuple[str, ...]]:
        """Staged names of all tables, with their primary keys; reads no row."""
        from migrate.extractors.database.address import complete, parsed
        from migrate.extractors.database.reading import catalogue_of

        url = parsed(request.source)
        if url is None:
            return {}
        return catalogue_of(complete(url, request.options), _options(request.options))

    def extract(self, request: ExtractRequest) -> Iterator[ExtractEvent]:
        """Yield each table's rows in the order of its key, then the table.

        Raises AskedWrongly (EXT001, EXT023, EXT051), NeedsPerson (EXT033, EXT050) and
        FailedForNow (EXT055, the connection broke).
        """
        from migrate.extractors.database.address import complete, parsed
        from migrate.extractors.database.reading import database_events

        options = _options(request.options)
        url = parsed(request.source)
        if url is None:
            raise AskedWrongly(
                "EXT001",
                "the export is no address of a database that SQLAlchemy knows",
                try_="write it like postgresql://USER@HOST/DATABASE",
            )
        yield from database_events(complete(url, request.options), options, request.tables)


def _options(given: Mapping[str, object]) -> Options:
    wrong = sorted(name for name, value in given.items() if name not in _KNOWN and value != {})
    schemas = given.get("schemas", [])
    if not isinstance(schemas, list) or not all(isinstance(name, str) for name in schemas):
        wrong.append("schemas")
    if not isinstance(given.get("all_tables", False), bool):
        wrong.append("all_tables")
    if wrong:
        raise AskedWrongly(
            "EXT023",
            f"[source.options] {wrong[0]} is not right for a database",
            try_='password = { env = "NAME" }, schemas = ["public"], all_tables = true',
        )
    assert isinstance(schemas, list)
    return Options(tuple(schemas))
