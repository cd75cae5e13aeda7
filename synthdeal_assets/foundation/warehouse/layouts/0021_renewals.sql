-- table: crm.world
-- No world until now had any.
ALTER TABLE crm.world ADD COLUMN renewals BIGINT DEFAULT '0';
ALTER TABLE crm.world ALTER COLUMN renewals DROP DEFAULT;
ALTER TABLE crm.world ALTER COLUMN renewals SET NOT NULL;
COMMENT ON COLUMN crm.world.renewals IS
'Renewals created in the 364 days up to as_of, which come on top of the size and are scored as well.';
