"""A FHIR R4 server over REST, as a target."""

from migrate.targets.fhir.target import FhirTarget, open_target

__all__ = ["FhirTarget", "open_target"]
