"""A synthetic sales log made from the world."""
