-- table: scoring.llm_calls
-- Until now only scoring asked models, and what it asked about was an opportunity.
ALTER TABLE scoring.llm_calls RENAME COLUMN opportunity_id TO subject_id;
ALTER TABLE scoring.llm_calls ADD COLUMN purpose VARCHAR DEFAULT 'scoring';
ALTER TABLE scoring.llm_calls ALTER COLUMN purpose DROP DEFAULT;
ALTER TABLE scoring.llm_calls ALTER COLUMN purpose SET NOT NULL;

-- table: scoring.llm_claims
-- A claim that stands is that of a run that was one execution.
ALTER TABLE scoring.llm_claims RENAME COLUMN opportunity_id TO subject_id;
ALTER TABLE scoring.llm_claims ADD COLUMN purpose VARCHAR DEFAULT 'scoring';
ALTER TABLE scoring.llm_claims ALTER COLUMN purpose DROP DEFAULT;
ALTER TABLE scoring.llm_claims ALTER COLUMN purpose SET NOT NULL;
ALTER TABLE scoring.llm_claims ADD COLUMN execution_id VARCHAR;
UPDATE scoring.llm_claims SET execution_id = run_id;
ALTER TABLE scoring.llm_claims ALTER COLUMN execution_id SET NOT NULL;
