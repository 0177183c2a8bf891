"""The one-page summary that is printed and passed round the table."""

from __future__ import annotations

PDF_FILE = "summary.pdf"
PDF_LINK = "The same on one page, to print: `summary.pdf`"
PDF_TITLE = "{project}: summary"
PDF_UNPRINTABLE = "(a name that this page's letters cannot write; see index.html)"
PDF_ACROSS = "What came across"
PDF_BEHIND = "Why the rest did not"
PDF_BAR = (
    "The bar is every row of the export, from the left: came across, combined, left out on "
    "purpose, held back, unaccounted for."
)
PDF_DECIDE = "What needs a decision"
PDF_MONEY = "Money, to the cent"
PDF_MORE = "… and {count} more, in index.html"
PDF_PATIENTS = "{mapped} patients came across, from {extracted} patient rows in the export"
PDF_RECORDS = "{records} records made for the new system"
PDF_ROWS = "{rows} rows in the export = {parts}"
PDF_ALERT = (
    "{kind}: {alerts} will alert, {text} are text only and cannot, {other} are not in force or say "
    "that none is known"
)
PDF_CODES = "local codes without a match: {rows}"
PDF_CODES_NONE = "every code has a match"
PDF_CONTROLS = "{agree} of {total} totals of the old system's own reports agree with the export"
PDF_FOOTER = (
    "Made by ehr-migrate {version} from run {run}. Export {input}, profile {profile}. This page "
    "holds counts and names of tables, no chart; index.html beside it has the whole."
)
