"""The page of a dataset: what it is, what was asked and what was found, as one HTML file."""
