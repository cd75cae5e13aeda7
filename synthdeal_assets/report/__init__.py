"""The executive report: its figures, its words, its charts (schema report)."""
