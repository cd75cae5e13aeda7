"""Deals as they stood at month ends: what a scorer might have seen, what it says, and what became of them."""
