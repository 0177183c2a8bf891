"""What pg_dump writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.errors import NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.extraction import Extraction

DDL = b"""--
-- PostgreSQL database dump
--
\\restrict abc
SET client_encoding = 'UTF8';
CREATE TABLE emr.t (
    id integer NOT NULL,
    name character varying(40) DEFAULT 'a,b'::character varying,
    data bytea,
    tags text[],
    at timestamp without time zone
);
CREATE TABLE public.t (n integer);
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT 'x;'; COPY t FROM stdin; $_$;
"""
KEYS = b"""
ALTER TABLE ONLY emr.t
    ADD CONSTRAINT t_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.t
    ADD CONSTRAINT t_fk FOREIGN KEY (n) REFERENCES emr.t(id) ON DELETE CASCADE;
SELECT pg_catalog.setval('emr.t_id_seq', 9, true);
"""


def dump(folder: Path, text: bytes) -> Extraction:
    """What is made of a dump of one file."""
    (folder / "a.sql").write_bytes(text)
    return Extraction(folder, extractor=SqlDumpExtractor())


def copy(rows: bytes, table: bytes = b"emr.t (id, name, data, tags)") -> bytes:
    """A COPY of these rows."""
    return b"COPY " + table + b" FROM stdin;\n" + rows + b"\\.\n"


def test_copy_schemas_and_keys(tmp_path: Path) -> None:
    rows = b'1\t\\N\t\\\\x00ff\t{a,"b c"}\n2\t\\\\N\\t\\n\t\t{}\n'
    found = dump(tmp_path, DDL + copy(rows) + copy(b"5\n", b"public.t (n)") + KEYS)
    assert found.cells("t") == [
        ("1", None, "\\x00ff", '{a,"b c"}', None),
        ("2", "\\N\t\n", "", "{}", None),
    ]
    assert found.cells("public_t") == [("5",)]
    assert found.tables["t"].primary_key == ("id",)
    assert found.tables["t"].columns[4].declared_type == "timestamp without time zone"
    assert found.tables["public_t"].foreign_keys[0].target == "t"
    assert [row["_at"] for row in found.rows["t"]] == ["16", "17"]
    assert found.issue_codes() == []


def test_copy_line_by_line_where_it_is_not_plain(tmp_path: Path) -> None:
    rows = b"1\ta\\\nb\t\\101\\x41\t\n2\tshort\n3\t\xff\t\t\n4\tok\t\t\n"
    found = dump(tmp_path, DDL + copy(rows))
    assert found.cells("t") == [("1", "a\nb", "AA", "", None), ("4", "ok", "", "", None)]
    assert found.codes() == [(2, "18", "EXT010"), (3, "19", "EXT012")]


def test_copy_without_its_end(tmp_path: Path) -> None:
    text = DDL + b"COPY emr.t (id, name) FROM stdin;\n1\ta\n2\tb"
    found = dump(tmp_path, text)
    assert found.cells("t")[0][:2] == ("1", "a")
    assert [code for _, _, code in found.codes()] == ["EXT013"]


def test_inserts(tmp_path: Path) -> None:
    text = (
        DDL
        + rb"""INSERT INTO emr.t (id, name, data, tags)
VALUES (1, E'a\'b\n', '\x61', '{1,2}'::text[]);
INSERT INTO emr.t VALUES (2, 'C:\', NULL, NULL, '2020-01-01'), (3, 'it''s', NULL, NULL, NULL)
  ON CONFLICT DO NOTHING;
INSERT INTO public.t VALUES (true);
"""
        + KEYS
    )
    found = dump(tmp_path, text)
    assert found.cells("t") == [
        ("1", "a'b\n", "\\x61", "{1,2}", None),
        ("2", "C:\\", None, None, "2020-01-01"),
        ("3", "it's", None, None, None),
    ]
    assert found.cells("public_t") == [("true",)]


def test_currval_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson) as refused:
        dump(tmp_path, DDL + b"INSERT INTO public.t VALUES (currval('emr.t_id_seq'::regclass));")
    assert refused.value.code == "EXT031"


def test_archives_need_pg_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.dump").write_bytes(b"PGDMP\x01\x0e\x00 and so on")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    request = ExtractRequest(str(tmp_path / "a.dump"))
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(request))
    assert refused.value.code == "EXT033"
    assert "postgresql-client" in str(refused.value.try_)


@pytest.mark.skipif(shutil.which("pg_restore") is None, reason="pg_restore is not installed")
def test_a_damaged_archive(tmp_path: Path) -> None:
    (tmp_path / "a.dump").write_bytes(b"PGDMP\x01\x0e\x00 and so on")
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(ExtractRequest(str(tmp_path / "a.dump"))))
    assert refused.value.code == "EXT021"
