"""What would show that the future leaked into features or models."""
