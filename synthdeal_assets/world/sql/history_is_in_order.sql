-- rule: entered before the entry before it
SELECT opportunity_id, sequence, entered_date, previous_date
FROM (
    SELECT *, lag(entered_date) OVER (PARTITION BY opportunity_id ORDER BY sequence) AS previous_date
    FROM crm.opportunity_stages
)
WHERE entered_date < previous_date

-- rule: sequence with gaps
SELECT opportunity_id, count(*) AS entries, max(sequence) AS last_sequence
FROM crm.opportunity_stages
GROUP BY opportunity_id
HAVING max(sequence) <> count(*)

-- rule: entered before the deal was created or after the world's day
SELECT opportunity_id, sequence, entered_date, created_date, as_of
FROM crm.opportunity_stages JOIN crm.opportunities USING (opportunity_id) CROSS JOIN crm.world
WHERE entered_date < created_date OR entered_date > as_of

-- rule: last entry is not the deal's stage
SELECT opportunity_id, history.stage_name AS last_stage, opportunities.stage_name
FROM crm.opportunities LEFT JOIN (
    SELECT opportunity_id, arg_max(stage_name, sequence) AS stage_name
    FROM crm.opportunity_stages
    GROUP BY opportunity_id
) AS history USING (opportunity_id)
WHERE history.stage_name IS DISTINCT FROM opportunities.stage_name
