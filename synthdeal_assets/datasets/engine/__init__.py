"""Rows by number: a value is a function of the seed, the table, the field and the row, so that any row stands alone."""
