-- table: crm.world
ALTER TABLE crm.world ADD COLUMN faker_version VARCHAR;
ALTER TABLE crm.world ADD COLUMN numpy_version VARCHAR;
COMMENT ON COLUMN crm.world.faker_version IS
'Version of Faker that made the names; NULL in a world that was made before it was recorded.';
COMMENT ON COLUMN crm.world.numpy_version IS
'Version of NumPy that drew the numbers; NULL in a world that was made before it was recorded.';
