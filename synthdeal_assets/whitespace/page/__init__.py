"""The whitespace page and the files for the sales team."""
