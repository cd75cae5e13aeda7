-- table: crm.accounts
ALTER TABLE crm.accounts ADD COLUMN created_at TIMESTAMP;
COMMENT ON COLUMN crm.accounts.created_at IS
'When the account was created, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
-- table: crm.contacts
ALTER TABLE crm.contacts ADD COLUMN created_at TIMESTAMP;
ALTER TABLE crm.contacts ADD COLUMN mailing_city VARCHAR;
ALTER TABLE crm.contacts ADD COLUMN mailing_country VARCHAR;
ALTER TABLE crm.contacts ADD COLUMN mailing_country_code VARCHAR;
ALTER TABLE crm.contacts ADD COLUMN reports_to_id VARCHAR;
ALTER TABLE crm.contacts ADD COLUMN has_opted_out_of_email BOOLEAN;
ALTER TABLE crm.contacts ADD COLUMN external_id VARCHAR;
COMMENT ON COLUMN crm.contacts.created_at IS
'When the contact was created, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.contacts.mailing_city IS
'City where the contact gets mail; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.contacts.mailing_country IS
'Country of it; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.contacts.mailing_country_code IS
'Code of the country (ISO 3166-1 alpha-2), such as US; NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.contacts.reports_to_id IS
'Whom the contact reports to, at the same account; NULL when nobody of a higher rank is known there.';
COMMENT ON COLUMN crm.contacts.has_opted_out_of_email IS
'Whether the contact wants no e-mails; the shares by region are invented. NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.contacts.external_id IS
'What an upsert into Salesforce finds the contact by: the world''s code and the identifier. It is unique among all worlds and stays from day to day; NULL in a world of generator 1 or 2.';
-- table: crm.opportunities
ALTER TABLE crm.opportunities ADD COLUMN created_at TIMESTAMP;
ALTER TABLE crm.opportunities ADD COLUMN last_modified_at TIMESTAMP;
COMMENT ON COLUMN crm.opportunities.created_at IS
'When it was created, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
COMMENT ON COLUMN crm.opportunities.last_modified_at IS
'When it was last changed or was closed, UTC; in the time zone of the owner it is on last_modified_date. NULL in a world of generator 1 or 2.';
-- table: crm.opportunity_stages
ALTER TABLE crm.opportunity_stages ADD COLUMN entered_at TIMESTAMP;
COMMENT ON COLUMN crm.opportunity_stages.entered_at IS
'When the entry was made, UTC; in the time zone of the owner it is on entered_date. NULL in a world of generator 1 or 2.';
-- table: crm.opportunity_contact_role_history
ALTER TABLE crm.opportunity_contact_role_history ADD COLUMN entered_at TIMESTAMP;
COMMENT ON COLUMN crm.opportunity_contact_role_history.entered_at IS
'When the entry was made, UTC; in the time zone of the owner it is on entered_date. NULL in a world of generator 1 or 2.';
-- table: crm.owner_history
ALTER TABLE crm.owner_history ADD COLUMN created_at TIMESTAMP;
COMMENT ON COLUMN crm.owner_history.created_at IS
'When it changed hands, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
-- table: crm.field_history
ALTER TABLE crm.field_history ADD COLUMN created_at TIMESTAMP;
COMMENT ON COLUMN crm.field_history.created_at IS
'When it was changed, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
-- table: crm.contact_history
ALTER TABLE crm.contact_history ADD COLUMN created_at TIMESTAMP;
COMMENT ON COLUMN crm.contact_history.created_at IS
'When it was changed, UTC; in the time zone of the owner it is on created_date. NULL in a world of generator 1 or 2.';
