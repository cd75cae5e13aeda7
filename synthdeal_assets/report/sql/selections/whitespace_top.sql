SELECT place
FROM whitespace.whitespace
WHERE is_current AND is_eligible
ORDER BY place
