"""``review``: a clinician compares drawn charts with what the old system had."""
