"""A second path may define views and macros over staged tables, and nothing else."""

import pytest

from migrate.core.secondpath import read_definitions

GOOD = """
-- comments may stand anywhere
CREATE MACRO second.twice(t) AS t || t;
CREATE VIEW second.people AS SELECT id, second.twice(name) AS name FROM staged.patients;
CREATE VIEW second.identity AS WITH own AS (SELECT * FROM second.people) SELECT * FROM own;
"""


def test_definitions_in_their_order_with_what_they_read() -> None:
    found, wrong = read_definitions(GOOD, "x.sql")
    assert wrong == ()
    assert [(d.name, d.view, sorted(d.needs)) for d in found] == [
        ("twice", False, []),
        ("people", True, ["patients"]),
        ("identity", True, ["second.people"]),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1", "only CREATE VIEW"),
        ("DROP VIEW second.identity", "only CREATE VIEW"),
        ("CREATE TABLE second.x AS SELECT 1", "only CREATE VIEW"),
        ("CREATE VIEW staged.x AS SELECT 1", "schema 'second'"),
        ("CREATE VIEW x AS SELECT 1", "schema 'second'"),
        ("CREATE VIEW second.x AS SELECT * FROM read_csv('/etc/hosts')", "table function"),
        ("CREATE VIEW second.x AS SELECT * FROM '/etc/hosts'", "neither a table"),
        ("CREATE VIEW second.x AS SELECT * FROM fhir.Patient", "neither a table"),
        ("CREATE VIEW second.x AS SELECT * FROM run.fates", "neither a table"),
        ("CREATE VIEW second.x AS SELECT getenv('HOME') AS y FROM staged.t", "may not be used"),
        ("CREATE VIEW second.x AS SELECT read_text('/etc/hosts') AS y", "may not be used"),
        ("CREATE VIEW second.x AS SELECT (", "cannot be read"),
        ("CREATE VIEW second.x AS SELECT 1; CREATE VIEW second.x AS SELECT 2", "defined twice"),
    ],
)
def test_what_may_not_stand_there(text: str, said: str) -> None:
    _, wrong = read_definitions(text, "x.sql")
    assert len(wrong) == 1
    assert said in wrong[0]
    assert wrong[0].startswith("x.sql")
