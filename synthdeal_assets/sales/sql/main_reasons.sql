SELECT reason, column_name, count(*) AS n, min(value) AS example
FROM (
    SELECT reason, '' AS column_name, value FROM bad_rows WHERE NOT is_blank_row
    UNION ALL
    SELECT reason, stored_name, value FROM bad_cells
)
WHERE reason NOT IN ('duplicated row', 'holdout row not later than the log')
GROUP BY ALL
ORDER BY n DESC, reason, column_name
LIMIT 1
