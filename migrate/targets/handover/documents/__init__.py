"""Documents for an import desk: what they really are, as PDF where that is possible."""

from migrate.targets.handover.documents.convert import Converted, bound_together, converted

__all__ = ["Converted", "bound_together", "converted"]
