"""Issue codes of planning, signing, loading, verifying and undoing (LOD)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "LOD001",
        "no plan, or a plan of older data",
        "error",
        "A load does exactly what a plan says. There is none, or what it was made of has "
        "changed since, or its files are not whole.",
        "Run `ehr-migrate plan`, look at it, and have it signed.",
    ),
    IssueCode(
        "LOD002",
        "another target than the planned one",
        "error",
        "The plan was made by reading one target; the target that answers now is another "
        "(a new file, another server, another environment).",
        "Check [target] in migration.toml; for a new target run `ehr-migrate plan` and sign again.",
    ),
    IssueCode(
        "LOD003",
        "target cannot be reached",
        "error",
        "The target did not answer, or gave up in the middle. Nothing is assumed about writes "
        "without an answer: the next start reads what became of them.",
        "Check that the target runs and is not locked by another program, then run the same "
        "command again.",
    ),
    IssueCode(
        "LOD005",
        "resource files damaged",
        "error",
        "A file of the run's fhir folder has a line that is no resource, a resource twice, or a "
        "resource under another type's name.",
        "Run `ehr-migrate map` again; if it comes back, report it as a fault of this tool.",
    ),
    IssueCode(
        "LOD010",
        "not signed",
        "error",
        "Nothing is written to a target before a named person has signed for exactly this "
        "output, plan and target.",
        "Run `ehr-migrate sign --as NAME --role ROLE` after reading the report.",
    ),
    IssueCode(
        "LOD011",
        "changed after signing",
        "error",
        "Something that a signature binds is not what it was when it was signed.",
        "Find out who changed it and why; then plan, read the report and sign again.",
    ),
    IssueCode(
        "LOD012",
        "signature not genuine",
        "error",
        "A sign-off's seal does not fit its text or this project's signing key: it was edited, "
        "or belongs to another project.",
        "Remove the file from signoffs/ after asking where it came from, and sign again.",
    ),
    IssueCode(
        "LOD013",
        "signature of another role missing",
        "error",
        "The project asks for signatures of certain roles, or safety findings were accepted, "
        "which needs a clinical signature.",
        "Ask the person in that role to run `ehr-migrate sign --as NAME --role ROLE`.",
    ),
    IssueCode(
        "LOD014",
        "name or role missing",
        "error",
        "A signature needs a person's name and a role: clinical, billing, privacy or lead "
        "(clinician, physician and biller are understood).",
        "Write `ehr-migrate sign --as NAME --role ROLE`.",
    ),
    IssueCode(
        "LOD015",
        "not ready to be signed",
        "error",
        "Findings close the gate, so there is nothing yet that a person should put a name to.",
        "Mend them, or list the accepted ones in accepted.csv with reason and name.",
    ),
    IssueCode(
        "LOD016",
        "signing key missing",
        "error",
        "The project was signed with a key (signing.key) that is gone or not whole, so its "
        "signatures cannot be checked.",
        "Put back the copy that was kept with the project, or sign again.",
    ),
    IssueCode(
        "LOD017",
        "no report to sign for",
        "error",
        "A signature covers the report. There is none of this run, or it was written before the "
        "list of accepted findings changed.",
        "Run `ehr-migrate report`, read it, then sign.",
    ),
    IssueCode(
        "LOD018",
        "the paper is about another state",
        "error",
        "A signature in ink is recorded with the digest printed on the statement. That digest is "
        "not the one of what lies here now, or it or the lead's name was left out.",
        "Compare the digest with the paper. If something changed since it was printed, print the "
        "statement again (`ehr-migrate sign --print`) and have it signed again.",
    ),
    IssueCode(
        "LOD019",
        "the chart review is not finished",
        "error",
        "[signoff] review = true asks for a chart review before anybody signs. There is none, it "
        "is about older charts, or charts of its sheet are not judged yet.",
        "Finish it with `ehr-migrate review`; `review --status` says how far it is.",
    ),
    IssueCode(
        "LOD020",
        "not written: somebody else's",
        "error",
        "The target holds a resource of this id that this project did not write, or that "
        "somebody changed or deleted since. It was left as it is.",
        "Compare the two; keep the target's, or remove it there and run `ehr-migrate plan`.",
    ),
    IssueCode(
        "LOD021",
        "refused by the target",
        "error",
        "The target answered a write with a refusal of its own.",
        "Read the status in the result; mend the profile or the target, then plan again.",
    ),
    IssueCode(
        "LOD022",
        "held back: what it points at was not written",
        "error",
        "A resource points at one that the target refused or that is in conflict. Writing it "
        "would leave a reference that leads nowhere.",
        "Mend the other one first; this one follows with the next load.",
    ),
    IssueCode(
        "LOD023",
        "gave up after several attempts",
        "error",
        "The same writes failed several times in a row without an answer. Whatever was written "
        "is journalled.",
        "Wait until the target is well again, then run the same command: it goes on from there.",
    ),
    IssueCode(
        "LOD024",
        "references in a circle",
        "error",
        "Resources that point at each other can only be written together, and the target takes "
        "no transactions or not that many resources in one.",
        "Make one of the references optional in the profile, or use another target.",
    ),
    IssueCode(
        "LOD025",
        "a chart stays hidden",
        "error",
        "With [target] hide_until_whole a Patient is shown when all of its chart is in the target. "
        "Something of this chart was not written, so it stays out of sight.",
        "Mend what was not written (it is listed beside this) and run load again, or take "
        "hide_until_whole out of migration.toml, plan and sign again: the next load then shows the "
        "chart as it is.",
    ),
    IssueCode(
        "LOD030",
        "lost in the target",
        "error",
        "A resource that was loaded cannot be read back.",
        "See the list by type and id; run `ehr-migrate plan` to see what would be written again.",
    ),
    IssueCode(
        "LOD031",
        "not as it was sent",
        "error",
        "A resource was read back and an element differs from what was sent, in a way that is "
        "no declared rewriting.",
        "See the list of types, ids and elements; ask who or what changed them.",
    ),
    IssueCode(
        "LOD032",
        "more in the target than was loaded",
        "error",
        "The target holds resources of this project that this run does not want, or counts "
        "more of a type than were there before and were loaded.",
        "See the list; they may come from an older run or from people working in the target.",
    ),
    IssueCode(
        "LOD033",
        "count by search differs",
        "error",
        "The target's own search gives another number of a type than the read-back does.",
        "Search indexes may lag: run `ehr-migrate verify` again; if it stays, ask the target's "
        "vendor.",
    ),
    IssueCode(
        "LOD034",
        "the target cannot prove it",
        "error",
        "This kind of target cannot give back what it took, so loading cannot be verified by "
        "reading.",
        "Prove it from the new EHR's own export: extract that, and compare.",
    ),
    IssueCode(
        "LOD035",
        "not loaded yet",
        "error",
        "Some resources of the plan were not written, so there is nothing to compare.",
        "Run `ehr-migrate load`; what it lists as conflicts must be decided by a person.",
    ),
    IssueCode(
        "LOD036",
        "there twice",
        "error",
        "The target gives ids itself, and a write whose answer was lost came late: a resource is "
        "there a second time. `load` removes such copies; this one was changed since, or something "
        "points at it.",
        "Compare the two copies in the target, remove the one that is not wanted, then verify.",
    ),
    IssueCode(
        "LOD040",
        "kept: edited since it was loaded",
        "warning",
        "A resource that a rollback would undo was changed by somebody after the load. It was "
        "kept, and so was everything that it points at.",
        "Look at each one listed and decide in the target.",
    ),
    IssueCode(
        "LOD041",
        "the target cannot undo",
        "error",
        "This kind of target cannot delete or has no way back to an earlier version.",
        "Ask the target's vendor to remove the load; the list of ids is in the journal.",
    ),
    IssueCode(
        "LOD050",
        "audit trail damaged",
        "error",
        "A line of audit.jsonl was changed, removed or added by hand: the chain of digests "
        "does not close.",
        "Keep the file as it is, and find out who had access to the project folder.",
    ),
    IssueCode(
        "LOD060",
        "target's settings are not right",
        "error",
        "[target] in migration.toml has an address or an option that makes no sense for this kind "
        "of target, or a secret written down instead of pointed at.",
        "Mend what the message names; the guide to targets lists all options.",
    ),
    IssueCode(
        "LOD061",
        "not let in by the target",
        "error",
        "A secret is missing, or the server does not accept the credentials.",
        "Check [target.options] auth and the place where its secrets lie, then run the same "
        "command again: it goes on from where it was.",
    ),
    IssueCode(
        "LOD062",
        "the target cannot be written to so that it can be proved",
        "error",
        "The server was tried with a few probe resources. It does not do what a load needs to be "
        "repeatable and proved.",
        "Ask the server's people to allow ids given by the client, or hand over files instead.",
    ),
    IssueCode(
        "LOD063",
        "sent to another address",
        "error",
        "The server answered with a redirect. It is not followed, so that credentials and charts "
        "go to no other host.",
        "Ask for the real FHIR base and write it as [target] address.",
    ),
    IssueCode(
        "LOD064",
        "answer too large",
        "error",
        "The server's answer is larger than what is read into memory.",
        "Raise largest_answer_mb in [target.options].",
    ),
    IssueCode(
        "LOD070",
        "a canary patient first",
        "error",
        "The target holds resources of other people, so somebody works there. One patient is "
        "loaded first, and a person says that it set nothing off (letters, messages, tasks, "
        "claims), before the rest follows.",
        "Run `ehr-migrate load --canary`, look at that chart in the new EHR, then "
        '`ehr-migrate load --canary-ok "NAME"`.',
    ),
    IssueCode(
        "LOD071",
        "outside the signed limits",
        "error",
        "A signature may also hold for later exports within limits: at most so many changed "
        "charts, no new unmapped code, no new safety finding, money that ties out. This export "
        "leaves at least one of them, or something else that was signed has changed.",
        "Read the report of the later export; to accept it, sign for it: "
        "`ehr-migrate sign --as NAME --role ROLE`.",
    ),
    IssueCode(
        "LOD072",
        "no such patient in the plan",
        "error",
        "A load, a plan or a rollback for one patient takes the id of a Patient resource of the "
        "run, as `ehr-migrate explain` shows it.",
        "Find the id with `ehr-migrate explain FILE:ROW` for the patient's row in the export.",
    ),
    IssueCode(
        "LOD073",
        "no cutover has begun",
        "error",
        "A cutover needs the last export the first time it is run; afterwards it goes on with "
        "that one.",
        "Run `ehr-migrate cutover --from EXPORT --frozen-at INSTANT`.",
    ),
    IssueCode(
        "LOD074",
        "no bulk import",
        "error",
        "[target.options] import_from asks for the server's $import. The server has none, cannot "
        "fetch files from this machine, or gives the resources other ids, so that they could not "
        "be read back.",
        "Take import_from out of [target.options], plan and sign again: the load goes on in "
        "bundles, from where it was. Or mend what the message names.",
    ),
)
