"""The commands `synthdeal whitespace ...`."""
