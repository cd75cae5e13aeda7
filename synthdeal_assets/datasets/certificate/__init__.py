"""The certificate: every statement of a specification, recounted by DuckDB from the exported files alone.

It is the second engine. Nothing of what made the rows is imported here; the specification, its expressions and what
types say of themselves are what both have in common.
"""
