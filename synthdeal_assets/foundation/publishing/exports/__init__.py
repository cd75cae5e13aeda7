"""Tables as files for others: what they are called, how each format is written, whole or not at all."""
