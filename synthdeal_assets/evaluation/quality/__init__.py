"""How good the present scores are, and how fair."""
