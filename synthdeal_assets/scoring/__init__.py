"""Scoring of opportunities on MEDDPICC and BANT (schema scoring); how good the scores are belongs in `evaluation`."""
