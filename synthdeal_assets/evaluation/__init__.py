"""How good and how fair the scores are, measured against the truth (tables of schema scoring); makes no score."""
