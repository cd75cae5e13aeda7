"""Flags on deals: what sets some apart, and whether those have been lost more often than the others in their stage."""
