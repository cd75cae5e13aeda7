-- rule: pairs
SELECT cutoff_date, customers, existing_pairs, whitespace_pairs, counted.*
FROM whitespace.cutoffs
LEFT JOIN (
    SELECT
        cutoff_date,
        count(DISTINCT customer_id) AS counted_customers,
        count(*) FILTER (population = 'existing') AS counted_existing,
        count(*) FILTER (population = 'whitespace') AS counted_whitespace
    FROM whitespace.features
    GROUP BY cutoff_date
) AS counted USING (cutoff_date)
WHERE (customers, existing_pairs, whitespace_pairs)
    IS DISTINCT FROM (counted_customers, counted_existing, counted_whitespace)

-- rule: labels
SELECT cutoff_date, customer_id, division, features.population, labels.population AS population_of_label
FROM (FROM whitespace.features SEMI JOIN whitespace.labels USING (cutoff_date)) AS features
FULL JOIN whitespace.labels USING (cutoff_date, customer_id, division)
WHERE features.population IS DISTINCT FROM labels.population

-- rule: censored windows
SELECT DISTINCT cutoff_date, window_end
FROM whitespace.cutoffs
JOIN whitespace.labels USING (cutoff_date)
WHERE is_censored

-- rule: covered windows
SELECT cutoff_date, window_end
FROM whitespace.cutoffs
WHERE NOT is_censored AND NOT EXISTS (FROM whitespace.labels WHERE labels.cutoff_date = cutoffs.cutoff_date)
