-- table: crm.users
ALTER TABLE crm.users ADD COLUMN first_name VARCHAR;
ALTER TABLE crm.users ADD COLUMN last_name VARCHAR;
ALTER TABLE crm.users ADD COLUMN username VARCHAR;
ALTER TABLE crm.users ADD COLUMN alias VARCHAR;
ALTER TABLE crm.users ADD COLUMN time_zone_sid_key VARCHAR;
ALTER TABLE crm.users ADD COLUMN locale_sid_key VARCHAR;
ALTER TABLE crm.users ADD COLUMN language_locale_key VARCHAR;
ALTER TABLE crm.users ADD COLUMN external_id VARCHAR;
COMMENT ON COLUMN crm.users.first_name IS
'Invented first name; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.last_name IS
'Invented last name; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.username IS
'User name, like an e-mail address that names the world, because Salesforce wants one that nobody has in any organisation; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.alias IS
'Short name of at most eight characters; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.time_zone_sid_key IS
'Time zone of the office (IANA), in which the user works; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.locale_sid_key IS
'How dates and numbers are written there, such as en_US; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.language_locale_key IS
'Language of the user interface, such as en_US; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.users.external_id IS
'What an upsert into Salesforce finds the user by: the world''s code and the identifier. It is unique among all worlds and stays from day to day; NULL in a world of generator 1 or 2.';
-- table: crm.products
ALTER TABLE crm.products ADD COLUMN external_id VARCHAR;
COMMENT ON COLUMN crm.products.external_id IS
'What an upsert into Salesforce finds the product by: the world''s code and the identifier. It is unique among all worlds and stays from day to day; NULL in a world of generator 1 or 2.';
-- table: crm.accounts
ALTER TABLE crm.accounts ADD COLUMN external_id VARCHAR;
COMMENT ON COLUMN crm.accounts.external_id IS
'What an upsert into Salesforce finds the account by: the world''s code and the identifier. It is unique among all worlds and stays from day to day; NULL in a world of generator 1 or 2.';
-- table: crm.opportunities
ALTER TABLE crm.opportunities ADD COLUMN external_id VARCHAR;
COMMENT ON COLUMN crm.opportunities.external_id IS
'What an upsert into Salesforce finds the opportunity by: the world''s code and the identifier. It is unique among all worlds and stays from day to day; NULL in a world of generator 1 or 2.';
