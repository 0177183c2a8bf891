"""Layouts of import desks: files, columns and forms over FHIR output, as data.

``migrate/guide/handover.md`` defines the language.
"""
