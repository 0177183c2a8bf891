"""What SQL Server Management Studio writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.extractors.sqldump import SqlDumpExtractor
from tests.extraction import Extraction

SCRIPT = """USE [EMR]
GO
/****** Object:  Table [dbo].[visits]    Script Date: 1/15/2026 ******/
SET ANSI_NULLS ON
GO
CREATE TABLE [dbo].[visits](
\t[id] [int] IDENTITY(1,1) NOT NULL,
\t[mrn] [nvarchar](36) NULL,
\t[at] [datetime] NULL,
\t[cost] [decimal](18, 4) NULL,
\t[scan] [varbinary](max) NULL,
 CONSTRAINT [PK_visits] PRIMARY KEY CLUSTERED
(
\t[id] ASC
)WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
GO
CREATE PROCEDURE [dbo].[p] AS
INSERT [dbo].[visits] ([id]) VALUES (99)
GO
SET IDENTITY_INSERT [dbo].[visits] ON
INSERT [dbo].[visits] ([id], [mrn], [at], [cost], [scan]) VALUES (1, N'00123',
 CAST(N'2020-02-03T04:05:06.000' AS DateTime), CAST(12.5000 AS Decimal(18, 4)), 0x00FF)
GO
INSERT [dbo].[visits] ([id], [mrn], [at], [cost], [scan]) VALUES (2,
 N'it''s
GO
– two lines', CAST(0x0000901A00C5C100 AS DateTime), NULL, NULL)
INSERT [dbo].[visits] ([id], [mrn]) VALUES (3, N'a'), (4, N'b')
SET IDENTITY_INSERT [dbo].[visits] OFF
GO
ALTER TABLE [dbo].[visits]  WITH CHECK ADD  CONSTRAINT [FK] FOREIGN KEY([mrn])
REFERENCES [dbo].[people] ([mrn])
GO
"""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8", "utf-8-sig"])
def test_a_script(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.sql").write_bytes(SCRIPT.replace("\n", "\r\n").encode(encoding))
    found = Extraction(tmp_path, extractor=SqlDumpExtractor())
    assert found.cells("visits") == [
        ("1", "00123", "2020-02-03T04:05:06.000", "12.5000", "0x00FF"),
        ("2", "it's\r\nGO\r\n– two lines", "2001-01-01T12:00:00.000", None, None),
        ("3", "a", None, None, None),
        ("4", "b", None, None, None),
    ]
    table = found.tables["visits"]
    assert table.primary_key == ("id",)
    assert [c.declared_type for c in table.columns] == [
        "int",
        "nvarchar(36)",
        "datetime",
        "decimal(18,4)",
        "varbinary(max)",
    ]
    assert found.issue_codes() == []
    assert found.rows["visits"][1]["_at"] == "25"


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("0x0000000000000000 AS DateTime", "1900-01-01T00:00:00.000"),
        ("0xFFFFFFFF00000001 AS DateTime", "1899-12-31T00:00:00.003"),
        ("0x90200000 AS SmallDateTime", "2001-01-07T00:00:00"),
        ("0x00000000 AS Date", "0001-01-01"),
        ("0x07240B00 AS Date", None),
        ("0x0700000000000000000000 AS DateTime2", None),
        ("0x070000000000000000 AS DateTime2", "0001-01-01T00:00:00.0000000"),
        ("0x00010000 AS Time(0)", "00:00:01"),
        ("0x0000000001000000 AS datetimeoffset", None),
    ],
)
def test_dates_as_inner_bytes(tmp_path: Path, literal: str, text: str | None) -> None:
    row = f"INSERT [dbo].[t] ([a]) VALUES (CAST({literal}))\nGO\n"
    script = f"SET IDENTITY_INSERT [dbo].[t] ON\nGO\n{row}"
    (tmp_path / "a.sql").write_text(script)
    found = Extraction(tmp_path, extractor=SqlDumpExtractor())
    if text is None:
        assert found.tables["t"].rows + found.tables["t"].rejected == 1
    else:
        assert found.cells("t") == [(text,)]
