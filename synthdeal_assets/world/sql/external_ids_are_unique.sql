-- rule: external id that another row has, or none
SELECT external_id, count(*) AS rows_with_it
FROM {{ table }}
GROUP BY external_id
HAVING count(*) > 1 OR external_id IS NULL

-- rule: external id of another row
SELECT {{ key }}, external_id
FROM {{ table }}
WHERE NOT ends_with(external_id, '-' || {{ key }})
