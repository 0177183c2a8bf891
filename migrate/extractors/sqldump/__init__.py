"""Dumps of databases: MySQL/MariaDB, PostgreSQL, SQLite and SQL Server, parsed and never run."""

from migrate.extractors.sqldump.extractor import SqlDumpExtractor

__all__ = ["SqlDumpExtractor"]
