"""What a dataset shall be: its grammar, how a file of it is read, and what is refused before a row is made."""
