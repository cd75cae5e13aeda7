-- Pairs without a purchase at a cutoff, what was known of them then, and whether they entered the division after it.
-- All who did, and of the others every second, third, ... so that about $most_others are left.
WITH pairs AS (
    SELECT customer_id, bought, row_number() OVER (PARTITION BY bought ORDER BY customer_id) AS number
    FROM whitespace.labels
    WHERE cutoff_date = $cutoff AND division = $division AND population = 'whitespace'
),

compared AS (
    SELECT customer_id, bought
    FROM pairs
    WHERE
        bought
        OR number % CAST(ceil((SELECT count(*) FROM pairs WHERE NOT bought) / $most_others) AS BIGINT) = 0
)

SELECT features.* EXCLUDE (cutoff_date, population, division), compared.bought
FROM whitespace.features
INNER JOIN compared USING (customer_id)
WHERE features.cutoff_date = $cutoff AND features.division = $division
ORDER BY features.customer_id
