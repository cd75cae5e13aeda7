"""Tests of the language of the world."""
