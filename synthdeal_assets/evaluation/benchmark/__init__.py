"""A benchmark for judges of others: deals with a known truth as files, and how good anybody's answers to them are."""
