-- table: crm.opportunities
-- A world of before has none, so that what reads them finds the tables, and no row.
CREATE TABLE IF NOT EXISTS crm.opportunity_contact_role_history (
    opportunity_id VARCHAR NOT NULL,
    contact_id VARCHAR NOT NULL,
    entered_date DATE NOT NULL,
    role VARCHAR NOT NULL,
    is_primary BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS crm.landmarks (
    opportunity_id VARCHAR NOT NULL,
    landmark_date DATE NOT NULL,
    owner_id VARCHAR NOT NULL,
    stage_name VARCHAR NOT NULL,
    amount DOUBLE NOT NULL,
    close_date DATE NOT NULL,
    age_days INTEGER NOT NULL,
    days_in_stage INTEGER NOT NULL,
    slips INTEGER NOT NULL,
    contact_roles VARCHAR NOT NULL,
    outcome_30 VARCHAR,
    outcome_90 VARCHAR,
    outcome VARCHAR
);
-- table: truth.opportunities
CREATE TABLE IF NOT EXISTS truth.landmarks (
    opportunity_id VARCHAR NOT NULL,
    landmark_date DATE NOT NULL,
    metrics_level INTEGER NOT NULL,
    economic_buyer_level INTEGER NOT NULL,
    decision_criteria_level INTEGER NOT NULL,
    decision_process_level INTEGER NOT NULL,
    paper_process_level INTEGER NOT NULL,
    identify_pain_level INTEGER NOT NULL,
    champion_level INTEGER NOT NULL,
    competition_level INTEGER NOT NULL,
    win_probability DOUBLE NOT NULL,
    expected_close_date DATE NOT NULL,
    outcome VARCHAR NOT NULL,
    outcome_date DATE NOT NULL
);
-- table: scoring.score_comparisons
ALTER TABLE scoring.score_comparisons ADD COLUMN landmark_date DATE;
COMMENT ON COLUMN scoring.score_comparisons.landmark_date IS
'Month end at which the deals were open, and as of which they were judged; NULL for the present deals.';
-- table: scoring.score_quality
CREATE TABLE IF NOT EXISTS scoring.landmark_ranking (
    ranked_by VARCHAR NOT NULL,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE,
    opportunities BIGINT NOT NULL,
    landmarks BIGINT NOT NULL,
    explanation VARCHAR NOT NULL
);
