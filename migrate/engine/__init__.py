"""The engine: runs compiled profiles with DuckDB and answers questions about a run."""
