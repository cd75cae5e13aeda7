"""Scoring of opportunities on MEDDPICC and BANT, and how good the scores are (schema scoring)."""
