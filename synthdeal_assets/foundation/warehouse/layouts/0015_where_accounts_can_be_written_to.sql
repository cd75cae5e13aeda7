-- table: crm.accounts
ALTER TABLE crm.accounts ADD COLUMN billing_street VARCHAR;
ALTER TABLE crm.accounts ADD COLUMN billing_state VARCHAR;
ALTER TABLE crm.accounts ADD COLUMN billing_state_code VARCHAR;
ALTER TABLE crm.accounts ADD COLUMN billing_postal_code VARCHAR;
ALTER TABLE crm.accounts ADD COLUMN billing_country_code VARCHAR;
COMMENT ON COLUMN crm.accounts.billing_street IS
'Street of the billing address; it may not exist in the city. NULL in a world of generator 1.';
COMMENT ON COLUMN crm.accounts.billing_state IS
'State, province or county; NULL where addresses of the country have none.';
COMMENT ON COLUMN crm.accounts.billing_state_code IS
'Code of it (ISO 3166-2, without the country), such as CA.';
COMMENT ON COLUMN crm.accounts.billing_postal_code IS
'Postal code that begins as those of the city do; NULL where the country has none.';
COMMENT ON COLUMN crm.accounts.billing_country_code IS
'Code of the country (ISO 3166-1 alpha-2), such as US; NULL in a world of generator 1.';
