-- rule: is_closed
SELECT opportunity_id, stage_name, is_closed
FROM crm.opportunities
WHERE is_closed <> (stage_name IN ('Closed Won', 'Closed Lost'))

-- rule: is_won
SELECT opportunity_id, stage_name, is_won
FROM crm.opportunities
WHERE is_won <> (stage_name = 'Closed Won')
