-- rule: number of worlds
SELECT count(*) AS worlds
FROM crm.world
HAVING count(*) <> 1

-- rule: number of opportunities that are no renewals created in one of the three periods of 364 days up to as_of
SELECT size, back AS periods_before_the_last, count(opportunity_id) AS opportunities
FROM crm.world
CROSS JOIN range(3) AS periods(back)
LEFT JOIN crm.opportunities
    ON created_date > as_of - 364 * (back + 1)::INTEGER AND created_date <= as_of - 364 * back::INTEGER
    AND type <> 'Existing Customer - Renewal'
GROUP BY size, back
HAVING size <> count(opportunity_id)

-- rule: number of renewals created in the last 364 days
SELECT renewals, count(opportunity_id) AS opportunities
FROM crm.world
LEFT JOIN crm.opportunities
    ON created_date > as_of - 364 AND created_date <= as_of AND type = 'Existing Customer - Renewal'
GROUP BY renewals
HAVING renewals <> count(opportunity_id)

-- rule: created outside these periods
SELECT opportunity_id, created_date, as_of
FROM crm.opportunities CROSS JOIN crm.world
WHERE created_date <= as_of - 1092 OR created_date > as_of

-- rule: open though created before the last period
SELECT opportunity_id, created_date, stage_name, as_of
FROM crm.opportunities CROSS JOIN crm.world
WHERE NOT is_closed AND created_date <= as_of - 364
