"""Jobs, schedules, sensors and the record of runs (schema ops). Assets and partitions belong in the rooms."""
