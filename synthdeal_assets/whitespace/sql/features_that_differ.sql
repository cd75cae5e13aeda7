SELECT coalesce(stored.customer_id, anew.customer_id) AS customer_id, coalesce(stored.division, anew.division) AS division
FROM (FROM {{ stored }} WHERE cutoff_date = getvariable('cutoff')) AS stored
FULL JOIN (FROM {{ anew }} WHERE cutoff_date = getvariable('cutoff')) AS anew
    ON stored.customer_id = anew.customer_id AND stored.division = anew.division
WHERE stored IS DISTINCT FROM anew
ORDER BY ALL
