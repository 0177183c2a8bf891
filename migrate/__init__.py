"""ehr-migrate: a practice's charts and open dollars, moved, proven and reversible."""

__version__ = "0.1.0"
