SELECT version, count(*) AS promises, count(*) FILTER (WHERE held) AS held
FROM datasets.promises
WHERE dataset = ?
GROUP BY version
ORDER BY version
