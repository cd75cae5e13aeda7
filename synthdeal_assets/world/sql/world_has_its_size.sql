-- rule: number of worlds
SELECT count(*) AS worlds
FROM crm.world
HAVING count(*) <> 1

-- rule: number of opportunities
SELECT size, (SELECT count(*) FROM crm.opportunities) AS opportunities
FROM crm.world
WHERE size <> (SELECT count(*) FROM crm.opportunities)

-- rule: created outside the 364 days up to as_of
SELECT opportunity_id, created_date, as_of
FROM crm.opportunities CROSS JOIN crm.world
WHERE created_date <= as_of - 364 OR created_date > as_of
