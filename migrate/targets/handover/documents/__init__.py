"""Documents for an import desk: what they really are, as PDF where that is possible."""

from migrate.targets.handover.documents.convert import Converted, converted

__all__ = ["Converted", "converted"]
