"""Reading a sales log: files of any usual form, and databases."""
