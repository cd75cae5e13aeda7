-- rule: contact of another account
SELECT opportunity_id, contact_id, opportunities.account_id, contacts.account_id AS account_of_contact
FROM crm.opportunity_contact_roles
JOIN crm.opportunities USING (opportunity_id)
JOIN crm.contacts USING (contact_id)
WHERE opportunities.account_id <> contacts.account_id

-- rule: not exactly one main contact
SELECT opportunity_id, count(*) FILTER (WHERE is_primary) AS main_contacts
FROM crm.opportunities LEFT JOIN crm.opportunity_contact_roles USING (opportunity_id)
GROUP BY opportunity_id
HAVING count(*) FILTER (WHERE is_primary) <> 1
