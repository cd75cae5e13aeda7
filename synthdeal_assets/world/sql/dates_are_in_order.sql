-- rule: last change before creation
SELECT opportunity_id, created_date, last_modified_date
FROM crm.opportunities
WHERE last_modified_date < created_date

-- rule: closed after its last change
SELECT opportunity_id, last_modified_date, close_date
FROM crm.opportunities
WHERE is_closed AND last_modified_date < close_date

-- rule: close date before creation
SELECT opportunity_id, created_date, close_date
FROM crm.opportunities
WHERE close_date < created_date

-- rule: created or changed after the world's day
SELECT opportunity_id, created_date, last_modified_date, as_of
FROM crm.opportunities CROSS JOIN crm.world
WHERE created_date > as_of OR last_modified_date > as_of

-- rule: closed after the world's day
SELECT opportunity_id, stage_name, close_date, as_of
FROM crm.opportunities CROSS JOIN crm.world
WHERE is_closed AND close_date > as_of

-- rule: older than its account
SELECT opportunity_id, opportunities.created_date, accounts.created_date AS account_created_date
FROM crm.opportunities JOIN crm.accounts USING (account_id)
WHERE opportunities.created_date < accounts.created_date
