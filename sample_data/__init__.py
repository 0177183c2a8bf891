"""Riverbend Family Medicine: the fictional practice that the toolkit is shown and tested with."""
