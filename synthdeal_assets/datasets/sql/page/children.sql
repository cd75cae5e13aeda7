SELECT CAST(number AS VARCHAR) AS label, count(*) AS parents
FROM (SELECT count(*) AS number FROM looked_at WHERE {{ column | name }} IS NOT NULL GROUP BY {{ column | name }})
GROUP BY number
ORDER BY parents DESC, number
