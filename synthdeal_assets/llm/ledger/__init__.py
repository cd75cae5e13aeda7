"""The record of every request: its tables, its journal, and what is found in it again."""
