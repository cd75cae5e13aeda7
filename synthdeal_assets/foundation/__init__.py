"""What every room stands on: warehouse, table definitions, redaction, run log, UI metadata. Knows no room."""
