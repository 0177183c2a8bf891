"""The seeded generator of Riverbend's export: same code, same bytes.

``python -m sample_data.generate`` rewrites ``sample_data/riverbend``. Everything in it is made
up: names are invented, telephone numbers begin with 555, social security numbers with 900
(never issued), provider numbers are the lowest of their range with a valid check digit.
"""

from sample_data.generate.build import build, build_world

__all__ = ["build", "build_world"]
