SELECT CAST({{ column | name }} AS VARCHAR) AS label, count(*) AS number
FROM looked_at
GROUP BY label
ORDER BY number DESC, label
