-- rule: reports to nobody of the same account
SELECT contacts.contact_id, contacts.account_id, contacts.reports_to_id, superiors.account_id AS account_of_superior
FROM crm.contacts AS contacts JOIN crm.contacts AS superiors ON superiors.contact_id = contacts.reports_to_id
WHERE superiors.account_id <> contacts.account_id OR superiors.contact_id = contacts.contact_id

-- rule: reports to somebody who reports back
SELECT contacts.contact_id, contacts.reports_to_id, superiors.reports_to_id AS superior_reports_to_id
FROM crm.contacts AS contacts JOIN crm.contacts AS superiors ON superiors.contact_id = contacts.reports_to_id
LEFT JOIN crm.contacts AS their_superiors ON their_superiors.contact_id = superiors.reports_to_id
WHERE contacts.contact_id IN (superiors.reports_to_id, their_superiors.reports_to_id)

-- rule: mail goes to another country than the account's, or nowhere
SELECT contact_id, mailing_city, mailing_country, mailing_country_code, billing_country_code
FROM crm.contacts JOIN crm.accounts USING (account_id)
WHERE mailing_city IS NULL OR mailing_country IS NULL OR mailing_country_code IS DISTINCT FROM billing_country_code

-- rule: nothing known of whether e-mails are wanted
SELECT contact_id, email, has_opted_out_of_email
FROM crm.contacts
WHERE has_opted_out_of_email IS NULL
