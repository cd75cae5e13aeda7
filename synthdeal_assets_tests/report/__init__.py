"""Tests of the report room: its figures, its pages, its checks and its assets."""
