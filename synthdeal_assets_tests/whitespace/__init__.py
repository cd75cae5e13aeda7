"""Tests of the room whitespace."""
