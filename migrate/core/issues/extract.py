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
        "Declare the encoding of the file in migration.toml, [source.files].",
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
)
