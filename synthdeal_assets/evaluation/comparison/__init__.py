"""Two scorers, models or prompts over the same deals."""
