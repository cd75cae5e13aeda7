"""Tests of jobs, schedule, sensors, dead runs and the record of runs."""
