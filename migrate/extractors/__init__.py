"""Extractors: each reads one kind of export into staged tables, and none knows another."""
