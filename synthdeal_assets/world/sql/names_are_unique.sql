-- rule: name
SELECT opportunity_id, name
FROM crm.opportunities
QUALIFY count(*) OVER (PARTITION BY name) > 1
