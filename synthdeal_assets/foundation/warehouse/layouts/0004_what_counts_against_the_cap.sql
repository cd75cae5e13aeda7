-- table: scoring.llm_calls
-- A cap holds for a run, and the runs of earlier layouts have ended.
ALTER TABLE scoring.llm_calls ADD COLUMN counted_usd DOUBLE;
