"""Tests that look at SynthDeal as a person does: in a real Chromium, through Dagster's own web server."""
