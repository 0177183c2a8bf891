"""Live databases as exports, named by an SQLAlchemy URL: read in one snapshot, never written."""

from migrate.extractors.database.extractor import DatabaseExtractor

__all__ = ["DatabaseExtractor"]
