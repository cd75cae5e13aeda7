"""Data asked for in plain words or declared, and every promise recounted."""
