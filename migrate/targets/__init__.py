"""Targets: where charts go. Each is a stranger to the others."""
