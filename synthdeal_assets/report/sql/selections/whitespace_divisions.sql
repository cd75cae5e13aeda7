SELECT division
FROM whitespace.whitespace
WHERE is_current AND within_capacity
GROUP BY division
ORDER BY sum(expected_value) DESC, division
