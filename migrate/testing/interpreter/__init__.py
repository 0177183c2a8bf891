"""A second opinion: profiles interpreted in plain Python, slow and obvious.

Written from the language page (``migrate/guide/profiles.md``) and the syntax tree alone, not
from the compiler, so that the two can be compared byte for byte over any input.
"""

from migrate.testing.interpreter.interpret import interpret
from migrate.testing.interpreter.outcome import Interpretation
from migrate.testing.interpreter.tables import Row

__all__ = ["Interpretation", "Row", "interpret"]
