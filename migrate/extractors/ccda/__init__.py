"""C-CDA and other CDA R2 documents: a folder or zip of XML files becomes staged tables."""

from migrate.extractors.ccda.extractor import CcdaExtractor

__all__ = ["CcdaExtractor"]
