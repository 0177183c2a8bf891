"""Delimited exports: CSV, TSV and their kin, as text, byte for byte."""

from migrate.extractors.delimited.extractor import DelimitedExtractor

__all__ = ["DelimitedExtractor"]
