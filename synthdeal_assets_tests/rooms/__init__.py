"""Tests of what all rooms have in common: their furniture, their SQL, and how one more is added."""
