"""Issue codes of the chart review (REV)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "REV001",
        "a review has begun already",
        "error",
        "A sheet of these charts was drawn and verdicts were given on it. Drawing another one "
        "until the answer pleases would prove nothing.",
        "Go on with `ehr-migrate review`. To start anew, move the run's review folder away and "
        "keep it.",
    ),
    IssueCode(
        "REV002",
        "no chart to review",
        "error",
        "The mapping made no Patient, so there is nothing to draw from.",
        "Look at what was held back (`ehr-migrate report`) and mend the profile.",
    ),
    IssueCode(
        "REV003",
        "the sheet shows older charts",
        "error",
        "The resources were made again after the sheet was drawn, so its verdicts are about "
        "charts that are no longer those to be loaded.",
        "Move the run's review folder away, keep it, and draw a new sheet with `ehr-migrate "
        "review`.",
    ),
    IssueCode(
        "REV004",
        "the review page cannot be served",
        "error",
        "The port on this machine is taken, or not allowed.",
        "Leave --port away: a free one is found.",
    ),
    IssueCode(
        "REV005",
        "nothing drawn yet",
        "error",
        "The run has no review sheet, so there is no state to show.",
        "Draw one: `ehr-migrate review --draw-only`, or start with `ehr-migrate review`.",
    ),
    IssueCode(
        "REV006",
        "the review's files are damaged",
        "error",
        "A file of the run's review folder cannot be read as it was written.",
        "Put the folder back from a copy, or move it away and draw a new sheet.",
    ),
)
