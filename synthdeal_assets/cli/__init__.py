"""The synthdeal command."""
