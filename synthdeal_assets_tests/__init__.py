"""Tests of SynthDeal: one folder for each room, plus fakes, benchmarks and the browser."""
