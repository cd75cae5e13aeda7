"""Tests of the flags on deals."""
