"""Issue codes of reading an export (EXT)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "EXT001",
        "export not found",
        "error",
        "The folder, file or archive named as the export does not exist or cannot be read.",
        "Check the path in migration.toml ([source] from) and that the drive is attached.",
    ),
    IssueCode(
        "EXT002",
        "nothing recognised in the export",
        "error",
        "No table was found: the folder is empty or holds no file of a format this tool reads.",
        "Run `ehr-migrate scan` to see what each file was taken for.",
    ),
    IssueCode(
        "EXT003",
        "empty file",
        "warning",
        "A file of the export holds no bytes, so not even its columns are known.",
        "Ask the vendor whether the table is empty or the export was cut short.",
    ),
    IssueCode(
        "EXT004",
        "header without rows",
        "info",
        "A table has its header line and no rows.",
        "Check against the old system's own count for this table.",
    ),
    IssueCode(
        "EXT010",
        "row with the wrong number of fields",
        "error",
        "A row has more or fewer fields than the header; which value belongs to which column "
        "cannot be known.",
        "Look at the kept bytes, ask the vendor for the row, or fix it in a copy of the export.",
    ),
    IssueCode(
        "EXT011",
        "quotes out of balance",
        "error",
        "A quote opened inside a field swallows the lines after it, or is never closed.",
        "Look at the kept bytes; the lines were read again one by one where that was possible.",
    ),
    IssueCode(
        "EXT012",
        "bytes that are not text in the file's encoding",
        "error",
        "A row holds bytes that the declared or detected encoding does not know.",
        "Declare the encoding in migration.toml: of the file in [source.files], of dBase tables in "
        "[source.options].",
    ),
    IssueCode(
        "EXT013",
        "truncated last row",
        "error",
        "The last row of a file ends in the middle: the export was probably cut short.",
        "Ask the vendor for the file again; compare with the old system's own count.",
    ),
    IssueCode(
        "EXT014",
        "row with a NUL byte",
        "error",
        "A row holds a NUL byte, which no text column of an EHR can carry.",
        "Look at the kept bytes; the file may be damaged or in UTF-16.",
    ),
    IssueCode(
        "EXT015",
        "line ends are mixed",
        "warning",
        "Some rows of a file end with LF and others with CR LF. Either the file was put "
        "together from two, or LF stands inside cells and rows were cut there.",
        'If only CR LF ends a row, set `line_end = "crlf"` for the file in [source.files].',
    ),
    IssueCode(
        "EXT016",
        "quote inside an unquoted cell",
        "info",
        "Cells that do not begin with a quote hold one (an inch mark); it was kept as text.",
        "Nothing, unless the cells were meant to be quoted.",
    ),
    IssueCode(
        "EXT017",
        "two files claim one table name",
        "info",
        "Files of the same name lie in different folders. With the same columns they were read "
        "as one table, otherwise as two.",
        'Say which with `table = "…"` for the files in [source.files].',
    ),
    IssueCode(
        "EXT018",
        "archive inside the export",
        "warning",
        "A packed file inside the export was kept as a document and not opened.",
        "Unpack it into the export's folder if it holds tables.",
    ),
    IssueCode(
        "EXT020",
        "archive refused",
        "error",
        "The archive names paths outside itself, or unpacks to far more than it should.",
        "Unpack it by hand if you trust it, and name the folder as the export.",
    ),
    IssueCode(
        "EXT021",
        "file cannot be read",
        "error",
        "A file or a member of the archive is damaged, encrypted or not readable.",
        "Ask the vendor for the file again, or unpack it by hand.",
    ),
    IssueCode(
        "EXT022",
        "file not followed",
        "warning",
        "A link leads out of the export, or an entry is no ordinary file; it was not read.",
        "Copy the real file into the export if it belongs to it.",
    ),
    IssueCode(
        "EXT023",
        "settings of the export are not right",
        "error",
        "The [source] table of migration.toml has an unknown setting or a wrong value.",
        "Correct migration.toml as the message says.",
    ),
    IssueCode(
        "EXT024",
        "no room to stage the export",
        "error",
        "The disk is full. Nothing of the unfinished extraction is used.",
        "Free space (about the size of the export), then run the same command again.",
    ),
    IssueCode(
        "EXT025",
        "document too large",
        "error",
        "A document is larger than one cell may be; it is listed with its digest, without content.",
        "Move the document by hand and note it in the reconciliation.",
    ),
    IssueCode(
        "EXT026",
        "data dictionary not usable",
        "error",
        "The declared data dictionary is not in the export, or does not name tables and columns.",
        "Correct `dictionary` in [source.options].",
    ),
    IssueCode(
        "EXT028",
        "export changed while it was read",
        "error",
        "Files of the export were written while the tool read them.",
        "Wait until copying has ended, then run the same command again.",
    ),
    IssueCode(
        "EXT030",
        "statement not understood",
        "error",
        "A statement of a dump is none that dump tools write; what it holds was not read. Where "
        "it holds rows, they are kept as one reject with the statement's bytes.",
        "Look at the line, or set `dialect` in [source.options] if the dump was taken for "
        "another kind.",
    ),
    IssueCode(
        "EXT031",
        "script computes its values",
        "error",
        "The script fills tables by queries, functions or changes of rows, so that only a "
        "database can tell what it means. It is refused, not half read.",
        "Load it into a database of its kind, and name that database or a dump of it.",
    ),
    IssueCode(
        "EXT033",
        "reader for this format not installed",
        "error",
        "The dump is in a format that needs a program or package which is not installed.",
        "Install what the message names, or ask the vendor for a plain dump.",
    ),
    IssueCode(
        "EXT034",
        "database file with a journal beside it",
        "warning",
        "A file `-wal` lies beside the SQLite file: changes that were not yet written into the "
        "database are in it, and are not read, because reading them would write to the export.",
        "Have the vendor close the database before it is copied, or make a copy with `.backup`.",
    ),
    IssueCode(
        "EXT040",
        "CDA document not well formed",
        "error",
        "The file calls itself a ClinicalDocument but is no well-formed XML. Nothing of it could "
        "be read; it is kept whole as a file.",
        "Ask the vendor for the document again.",
    ),
    IssueCode(
        "EXT041",
        "entry without a clinical statement",
        "error",
        "An entry of a section holds nothing that can be read, or is nested without end; the "
        "rest of the document was read.",
        "Look at the entry's kept text and at the section's narrative.",
    ),
    IssueCode(
        "EXT042",
        "XML with a DOCTYPE refused",
        "error",
        "The document declares a DOCTYPE, which can name other files or grow without bound. It "
        "was not read; it is kept whole as a file.",
        "Ask the vendor for the document without a DOCTYPE.",
    ),
    IssueCode(
        "EXT043",
        "one entry id, several versions",
        "info",
        "Documents say different things under the id of one entry: an amended entry, or a system "
        "that gives one id to several. Every version is kept as a fact of its own; the staged "
        "table `entry_ids` lists each id with all facts that carry it.",
        "Nothing is lost. Where a version is outdated, the practice marks it in the new system; "
        "the resources with one identifier are the versions.",
    ),
    IssueCode(
        "EXT050",
        "database does not let us in",
        "error",
        "The database could not be reached, refused the account, or the account may not read a "
        "table (or, under PostgreSQL, not all of its rows).",
        "Check host, port, user and where the password lies; have an account made that may only "
        "read.",
    ),
    IssueCode(
        "EXT051",
        "address with a password",
        "error",
        "The address of a database carries a password. It would stand in migration.toml, in the "
        "shell's history and in the list of processes, so it is refused.",
        "Leave it out; set EHR_MIGRATE_SOURCE_PASSWORD or `password` in [source.options].",
    ),
    IssueCode(
        "EXT052",
        "tables of the database not read",
        "info",
        "The database holds tables that the profile does not name. They were not read, and are "
        "no part of the reconciliation.",
        "To stage them too, set `all_tables = true` in [source.options].",
    ),
    IssueCode(
        "EXT053",
        "database not read at one moment",
        "warning",
        "The database, or some of its tables, cannot give one consistent state to read. If "
        "somebody writes meanwhile, tables may not fit together.",
        "Have the old system stopped while its database is read, or take a dump with locks.",
    ),
    IssueCode(
        "EXT054",
        "generated column without its values",
        "info",
        "The dump declares a column that the database computes, and holds no value of it; its "
        "cells are empty.",
        "Nothing, where the profile does not use it; else read the live database instead.",
    ),
    IssueCode(
        "EXT055",
        "database broke off",
        "error",
        "The connection to the database ended while it was read. Nothing of it is used.",
        "Run the same command again.",
    ),
    IssueCode(
        "EXT056",
        "no shipped profile fits",
        "error",
        "`init` was given no profile, and the export's tables are those of no system that the "
        "toolkit has a profile for.",
        "Name one with --profile, or write one of your own: the guide's page 'profiles'.",
    ),
    IssueCode(
        "EXT099",
        "rows and lines do not add up",
        "error",
        "The extraction did not account for every line of a file. Nothing of it is used.",
        "Please report this; it is a fault of the tool, not of the export.",
    ),
)
