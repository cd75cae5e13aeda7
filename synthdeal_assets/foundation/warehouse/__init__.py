"""The DuckDB file: opening it, describing tables, checking them, and the SQL files of the rooms."""
