"""What a clinician would sign: entries of real form and the FHIR meaning that each must have."""
