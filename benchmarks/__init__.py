"""Measurements, each shown by a command of the Makefile."""
