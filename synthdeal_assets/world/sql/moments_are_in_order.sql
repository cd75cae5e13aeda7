-- rule: contact created before its account
SELECT contact_id, contacts.created_at, accounts.created_at AS account_created_at
FROM crm.contacts JOIN crm.accounts USING (account_id)
WHERE contacts.created_at < accounts.created_at

-- rule: contact changed before they were created
SELECT contact_id, field, history.created_at, contacts.created_at AS contact_created_at
FROM crm.contact_history AS history JOIN crm.contacts USING (contact_id)
WHERE history.created_at <= contacts.created_at

-- rule: opportunity created before its account
SELECT opportunity_id, opportunities.created_at, accounts.created_at AS account_created_at
FROM crm.opportunities JOIN crm.accounts USING (account_id)
WHERE opportunities.created_at < accounts.created_at

-- rule: opportunity changed before it was created
SELECT opportunity_id, created_at, last_modified_at
FROM crm.opportunities
WHERE last_modified_at < created_at

-- rule: first stage that is not entered when the opportunity is created
SELECT opportunity_id, entered_at, created_at
FROM crm.opportunity_stages JOIN crm.opportunities USING (opportunity_id)
WHERE sequence = 1 AND entered_at <> created_at

-- rule: entry that is not after the one before
SELECT opportunity_id, sequence, entered_at, entered_before
FROM (
    SELECT
        opportunity_id,
        sequence,
        entered_at,
        lag(entered_at) OVER (PARTITION BY opportunity_id ORDER BY sequence) AS entered_before
    FROM crm.opportunity_stages
)
WHERE entered_at <= entered_before

-- rule: last change that is not the last entry of a closed opportunity, or before it
SELECT opportunity_id, last_modified_at, entered_at
FROM crm.opportunities JOIN (
    SELECT opportunity_id, max(entered_at) AS entered_at FROM crm.opportunity_stages GROUP BY opportunity_id
) AS entries USING (opportunity_id)
WHERE last_modified_at < entered_at OR (is_closed AND last_modified_at <> entered_at)

-- rule: contact role entered before the opportunity or the contact was created
SELECT opportunity_id, contact_id, roles.entered_at, opportunities.created_at, contacts.created_at AS contact_created_at
FROM crm.opportunity_contact_role_history AS roles
JOIN crm.opportunities USING (opportunity_id)
JOIN crm.contacts USING (contact_id)
WHERE roles.entered_at < opportunities.created_at OR roles.entered_at < contacts.created_at

-- rule: change of an owner before the record was created, or after it was closed
SELECT object_name, record_id, changes.created_at, records.created_at AS record_created_at, closed_at
FROM crm.owner_history AS changes JOIN (
    SELECT 'Account' AS object_name, account_id AS record_id, created_at, NULL AS closed_at FROM crm.accounts
    UNION ALL
    SELECT 'Opportunity', opportunity_id, created_at, if(is_closed, last_modified_at, NULL) FROM crm.opportunities
) AS records USING (object_name, record_id)
WHERE changes.created_at <= records.created_at OR changes.created_at >= closed_at

-- rule: what the closing took away, at another moment
SELECT opportunity_id, field, field_history.created_at, last_modified_at
FROM crm.field_history JOIN crm.opportunities USING (opportunity_id)
WHERE field_history.created_at <> last_modified_at
