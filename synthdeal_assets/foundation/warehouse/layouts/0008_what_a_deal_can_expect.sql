-- table: truth.opportunities
ALTER TABLE truth.opportunities ADD COLUMN win_probability_at_creation DOUBLE;
ALTER TABLE truth.opportunities ADD COLUMN expected_close_date DATE;
COMMENT ON COLUMN truth.opportunities.win_probability_at_creation IS
'Probability with which the outcome was drawn (0 to 1); NULL in a world of generator 1.';
COMMENT ON COLUMN truth.opportunities.win_probability IS
'Exact probability of a win given what is so on the snapshot day (0 to 1); a world of generator 1 has the one at creation here.';
COMMENT ON COLUMN truth.opportunities.expected_close_date IS
'Expected day of the end, won or lost, given what is so on the snapshot day; NULL in a world of generator 1.';
-- A world of generator 1 has none, so that what reads them finds the table, and no row.
CREATE TABLE IF NOT EXISTS truth.effects (
    attribute VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    log_odds DOUBLE NOT NULL,
    cycle_factor DOUBLE NOT NULL
);
