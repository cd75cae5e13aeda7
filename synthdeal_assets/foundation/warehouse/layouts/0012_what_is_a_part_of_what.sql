-- table: crm.accounts
ALTER TABLE crm.accounts ADD COLUMN parent_account_id VARCHAR;
COMMENT ON COLUMN crm.accounts.name IS 'Company name; a part of a company has its territory or business unit in it.';
COMMENT ON COLUMN crm.accounts.notice IS
'States that every figure of the account is synthetic, and the name if it is.';
COMMENT ON COLUMN crm.accounts.parent_account_id IS
'The company that the account is a part of; NULL when it is a whole one.';
