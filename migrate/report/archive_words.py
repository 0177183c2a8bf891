"""The archive's English, beside that of the report."""

ARCHIVE_TITLE = "Archive of the old system"
ARCHIVE_INTRO = (
    "{patients} charts with {rows} rows of the old system's export, as they stood there; "
    "{unreadable} further rows could not be read and are kept as they are. Each row says where it "
    "stood in the export and what happened to it."
)
ARCHIVE_CHECK = (
    "To check that nothing was changed: ehr-migrate archive --check FOLDER, or sha256sum -c "
    "MANIFEST.sha256."
)
ARCHIVE_CHART = "Chart {patient}"
ARCHIVE_NO_PERSON = "The export has no row of this patient among its patients."
ARCHIVE_TABLE = "{table}, page {number}"
ARCHIVE_UNREADABLE = "{table}, rows that could not be read, page {number}"
ARCHIVE_AS_IT_STOOD = "As it stood in the export"
ARCHIVE_CODE = "Issue"
ARCHIVE_ROWS = "Rows"
ARCHIVE_ROW_HEADS = ("Place in the export", "What happened to it")
ARCHIVE_EMPTY = "Empty here:"
ARCHIVE_BY_NAME = "Charts by name"
ARCHIVE_NOBODYS = "Rows that name no patient"
ARCHIVE_PEOPLE = "{first} to {last}"
ARCHIVE_PEOPLE_HEADS = ("Patient", "Key in the old system", "Rows")
ARCHIVE_NAMELESS = "(no name)"
ARCHIVE_PAPERS = (
    "Scans, letters and other files of the export. {absent} of them could not be copied, because "
    "the export no longer lies where it was read; they are listed without a link."
)
ARCHIVE_PAPER = "File in the export"
