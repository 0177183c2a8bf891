"""Expectations (great-expectations) about single columns of the staged tables.

Suites declare them by column in the setting ``columns``::

    patients.state:
      - {type: expect_column_value_lengths_to_equal, value: 2}

The library is given the distinct values of rows that went on, so a column of millions costs as
much as its values are many. Its results hold values: only which ones it did not expect is taken,
and only to find their rows; the outcome has counts and addresses. An expectation that the library
does not know is dropped by it without an error, and one that it cannot evaluate is a failure like
any other to it: both are mistakes of the suite here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from migrate.core.ports import CheckCategory, Facts, Outcome
from migrate.errors import AskedWrongly

from .gx import library, loaded
from .query import Settings, outcome
from .sqlparts import cells_that_went_on, holding

if TYPE_CHECKING:
    import pyarrow as pa

# Those that judge a value alone. What looks at a whole column (unique, sums) would be wrong over
# distinct values; source.keys and the facts have that.
ABOUT_ONE_VALUE = (
    "expect_column_value_lengths_to_be_between",
    "expect_column_value_lengths_to_equal",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_match_regex_list",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_not_match_regex",
)


@dataclass(frozen=True, slots=True)
class ColumnExpectationsCheck:
    """The declared expectations; a part is a column and an expectation."""

    id: str = "conformance.column-expectations"
    category: CheckCategory = "conformance"
    code: str = "CHK070"
    says: str = "the cell is not what the suite expects of its column"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"columns": {}})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run. Raises AskedWrongly (CHK090) for an expectation that cannot be held."""
        declared = settings.get("columns") or {}
        assert isinstance(declared, dict)
        counts: dict[str, int] = {}
        selects: list[str] = []
        parameters: list[list[str]] = []
        for name, expectations in declared.items():
            table, _, column = str(name).partition(".")
            _allowed(str(name), expectations)
            rows = cells_that_went_on(facts, table, column)
            if rows is None:
                continue
            values = facts.sql(_VALUES.format(rows=rows))
            if not values.num_rows:
                continue
            total = sum(values.column("n").to_pylist())
            for label, wrong in _judged(str(name), values, expectations):
                counts[label] = total
                if wrong:
                    selects.append(holding(label, table, column, rows))
                    parameters.append(wrong)
        failing = " UNION ALL ".join(selects) or None
        return outcome(facts, self.code, self.says, counts, failing, parameters)


_VALUES = "SELECT cell, count(*) AS n FROM ({rows}) GROUP BY cell ORDER BY cell"


def _allowed(name: str, declared: Sequence[Mapping[str, Any]]) -> None:
    """Raise where an expectation is none about one value, or brings a threshold of its own."""
    kinds = [str(entry.get("type")) for entry in declared]
    wrong = [kind for kind in kinds if kind not in ABOUT_ONE_VALUE]
    wrong += [f"{entry.get('type')}: mostly" for entry in declared if "mostly" in entry]
    if wrong:
        raise AskedWrongly(
            "CHK090",
            f"{len(wrong)} expectations about the column '{name}' may not stand there",
            details=tuple(wrong),
            try_=f"write one of {', '.join(ABOUT_ONE_VALUE)}; a threshold stands under 'fields'",
        )


def _judged(
    name: str, values: pa.Table, declared: Sequence[Mapping[str, Any]]
) -> list[tuple[str, list[str]]]:
    """For each expectation its label and the values that it does not hold for."""
    great = library()
    import pandas

    context = great.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    frame = pandas.DataFrame({"cell": values.column("cell").to_pylist()})
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
    suite = loaded(great, name, [{**entry, "column": "cell"} for entry in declared])
    answer = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    found = []
    for wanted, result in zip(declared, answer.results, strict=True):
        if "unexpected_list" not in result.result:
            raise AskedWrongly(
                "CHK090",
                f"an expectation about the column '{name}' cannot be evaluated",
                details=(str(wanted["type"]),),
                try_="correct its arguments in the suite",
            )
        wrong = sorted({str(value) for value in result.result["unexpected_list"]})
        found.append((f"{name}.{wanted['type']}", wrong))
    return found


CHECKS = (ColumnExpectationsCheck(),)
