"""Issue codes of the project folder and the command line (PRJ)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "PRJ001",
        "no project here",
        "error",
        "The folder holds no migration.toml, so it is not a migration project.",
        "Make one with `ehr-migrate init`, or name the right folder with -C.",
    ),
    IssueCode(
        "PRJ002",
        "project folder open to others",
        "error",
        "A project holds charts; its folder may be read by its owner only.",
        "Run `chmod 700` on the folder.",
    ),
    IssueCode(
        "PRJ003",
        "id key missing",
        "error",
        "Every resource id is made with the project's id key. Without it the next load would "
        "double every chart.",
        "Put back the copy that was kept when the project was made.",
    ),
    IssueCode(
        "PRJ004",
        "run not found",
        "error",
        "The project has no run of this name, or none yet.",
        "See `ehr-migrate status`, or start with `ehr-migrate extract`.",
    ),
    IssueCode(
        "PRJ005",
        "project exists already",
        "error",
        "`init` never writes over a project.",
        "Choose another folder, or go on in this one.",
    ),
    IssueCode(
        "PRJ006",
        "migration.toml not valid",
        "error",
        "The project file is not TOML, or has an unknown or missing setting.",
        "Mend the settings that the message lists.",
    ),
    IssueCode(
        "PRJ007",
        "stage missing",
        "error",
        "A stage was asked for whose input has not been made yet.",
        "Run the stage that the message names, or `ehr-migrate dry-run` for all of them.",
    ),
    IssueCode(
        "PRJ008",
        "another command is at work",
        "error",
        "A second command wants to write to a project that one is writing to now.",
        "Wait for the other one to end.",
    ),
    IssueCode(
        "PRJ009",
        "asked wrongly",
        "error",
        "The command line has an unknown word or lacks one.",
        "See `ehr-migrate COMMAND --help`.",
    ),
    IssueCode(
        "PRJ010",
        "disk full",
        "error",
        "There is no room left on the disk. Nothing that was finished is lost.",
        "Free some space, then run the same command again.",
    ),
    IssueCode(
        "PRJ011",
        "interrupted",
        "info",
        "The command was stopped. What was finished is kept.",
        "Run the same command again: it goes on from there.",
    ),
    IssueCode(
        "PRJ012",
        "no archive, or no room for one",
        "error",
        "An archive is written to a folder of its own, and only an archive can be checked.",
        "Name an empty folder to write to, or the folder of an archive to check.",
    ),
    IssueCode(
        "PRJ040",
        "no plug-in of this name",
        "error",
        "No installed extractor, target or check pack has this name.",
        "Write one of the names that the message suggests, or install the plug-in.",
    ),
    IssueCode(
        "PRJ041",
        "plug-in cannot be loaded",
        "error",
        "A package announces a plug-in that fails when it is imported.",
        "Install its missing parts, or uninstall the package that brings it.",
    ),
    IssueCode(
        "PRJ099",
        "fault of this tool",
        "error",
        "Something happened that cannot happen: the tool is wrong, not the data.",
        "Report it with the command, the version and this code; send no data.",
    ),
)
