-- table: crm.world
-- Every world until now had some.
ALTER TABLE crm.world ADD COLUMN planted_instructions BOOLEAN DEFAULT 'true';
ALTER TABLE crm.world ALTER COLUMN planted_instructions DROP DEFAULT;
ALTER TABLE crm.world ALTER COLUMN planted_instructions SET NOT NULL;
COMMENT ON COLUMN crm.world.planted_instructions IS 'Whether some deals carry an instruction to the scorer.';

-- table: report.executive_reports
ALTER TABLE report.executive_reports ADD COLUMN planted_instructions BOOLEAN DEFAULT 'true';
ALTER TABLE report.executive_reports ALTER COLUMN planted_instructions DROP DEFAULT;
ALTER TABLE report.executive_reports ALTER COLUMN planted_instructions SET NOT NULL;
COMMENT ON COLUMN report.executive_reports.planted_instructions IS
'Whether some of its deals carry an instruction to the scorer.';
