-- The pairs at the cutoffs that were learnt from and at the one that is judged at; where a side of a division and
-- population has many of them, those of a share of the customers.
CREATE OR REPLACE TEMP TABLE drift_sample AS
WITH sizes AS (
    SELECT division, population, cutoff_date = $judged_at AS is_judged, count(*) AS pairs_of_side
    FROM whitespace.features
    WHERE cutoff_date = $judged_at OR list_contains($learnt_at, cutoff_date)
    GROUP BY ALL
)
SELECT features.*, sizes.is_judged
FROM whitespace.features AS features
JOIN sizes
    ON sizes.division = features.division
    AND sizes.population = features.population
    AND sizes.is_judged = (features.cutoff_date = $judged_at)
WHERE (features.cutoff_date = $judged_at OR list_contains($learnt_at, features.cutoff_date))
    AND hash(features.customer_id) % 1000000 < $most_pairs * 1000000.0 / sizes.pairs_of_side
