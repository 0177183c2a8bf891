"""The sheet on which in = out + explained, computed from small count tables.

``sheet`` holds the lines and their arithmetic, ``amounts`` exact money, ``paths`` where money
stands in a resource, ``controls`` the old system's own totals, ``dated`` which column dates a
table, ``coverage`` what became of every column.
"""

from migrate.core.reconcile.sheet import (
    ControlLine,
    FateLine,
    Left,
    MoneyLine,
    MonthLine,
    PatientBalance,
    Reconciliation,
    ResourceLine,
    TableLine,
)

__all__ = [
    "ControlLine",
    "FateLine",
    "Left",
    "MoneyLine",
    "MonthLine",
    "PatientBalance",
    "Reconciliation",
    "ResourceLine",
    "TableLine",
]
