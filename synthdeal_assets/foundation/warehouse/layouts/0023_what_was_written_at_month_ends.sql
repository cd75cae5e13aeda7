-- table: crm.opportunities
-- A world of before has none, so that what reads it finds the table, and no row.
CREATE TABLE IF NOT EXISTS crm.landmark_texts (
    opportunity_id VARCHAR NOT NULL,
    landmark_date DATE NOT NULL,
    next_step VARCHAR,
    notes VARCHAR NOT NULL,
    metrics VARCHAR,
    economic_buyer VARCHAR,
    decision_criteria VARCHAR,
    decision_process VARCHAR,
    paper_process VARCHAR,
    identify_pain VARCHAR,
    champion VARCHAR,
    competition VARCHAR
);
-- table: scoring.landmark_inputs
-- They are put together from the texts of the month end whenever they are asked for.
DROP TABLE scoring.landmark_inputs;
