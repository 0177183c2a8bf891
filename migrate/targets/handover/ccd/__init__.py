"""Continuity of Care Documents (C-CDA R2.1), one a patient, made of the rows of a layout."""

from migrate.targets.handover.ccd.document import Author, document_of

__all__ = ["Author", "document_of"]
