-- table: crm.opportunities
ALTER TABLE crm.opportunities ADD COLUMN lost_reason VARCHAR;
ALTER TABLE crm.opportunities ADD COLUMN competitor VARCHAR;
ALTER TABLE crm.opportunities ADD COLUMN closing_note VARCHAR;
COMMENT ON COLUMN crm.opportunities.last_modified_date IS 'Day of the last change; of a closed deal, the day it closed.';
COMMENT ON COLUMN crm.opportunities.next_step IS
'The seller''s next step; NULL when none is recorded, and of a closed deal.';
COMMENT ON COLUMN crm.opportunities.lost_reason IS 'Why it was lost; NULL unless it was.';
COMMENT ON COLUMN crm.opportunities.competitor IS
'The invented vendor that a closed deal was up against; NULL while it is open or when none is known of.';
COMMENT ON COLUMN crm.opportunities.closing_note IS
'What the seller wrote when the deal closed; NULL while it is open.';
-- A world of generator 1 has none, so that what reads it finds the table, and no row.
CREATE TABLE IF NOT EXISTS crm.field_history (
    opportunity_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    created_date DATE NOT NULL,
    old_value VARCHAR NOT NULL,
    new_value VARCHAR
);
