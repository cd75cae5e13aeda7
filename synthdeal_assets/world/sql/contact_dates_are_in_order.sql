-- rule: contact older than its account
SELECT contact_id, contacts.created_date, accounts.created_date AS account_created_date
FROM crm.contacts JOIN crm.accounts USING (account_id)
WHERE contacts.created_date < accounts.created_date
