"""Tests of the model server for people without a key."""
