-- table: crm.opportunities
-- A world of before has none, so that what reads them finds the tables, and no row.
CREATE TABLE IF NOT EXISTS crm.quotas (
    quarter_start DATE NOT NULL,
    user_id VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    manager_id VARCHAR,
    amount DOUBLE NOT NULL
);
CREATE TABLE IF NOT EXISTS crm.forecast_snapshots (
    snapshot_date DATE NOT NULL,
    user_id VARCHAR NOT NULL,
    quarter_start DATE NOT NULL,
    commit_amount DOUBLE NOT NULL,
    best_case_amount DOUBLE NOT NULL,
    pipeline_amount DOUBLE NOT NULL,
    closed_amount DOUBLE NOT NULL
);
