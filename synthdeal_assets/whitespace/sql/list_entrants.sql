-- Pairs without a purchase at a cutoff, what was known of them then, and whether they entered the division after it.
SELECT features.* EXCLUDE (cutoff_date, population, division), labels.bought
FROM whitespace.features
INNER JOIN whitespace.labels USING (cutoff_date, customer_id, division)
WHERE
    features.cutoff_date = $cutoff
    AND features.division = $division
    AND features.population = 'whitespace'
ORDER BY features.customer_id
