-- table: crm.accounts
-- Until now every number was a North American one.
ALTER TABLE crm.accounts ALTER COLUMN phone DROP NOT NULL;

-- table: crm.contacts
ALTER TABLE crm.contacts ALTER COLUMN phone DROP NOT NULL;
