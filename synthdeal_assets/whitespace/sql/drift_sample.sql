-- The pairs of a division at the cutoffs that were learnt from and at the one that is judged at; where a side has many
-- of them, those of a share of the customers.
WITH pairs AS (
    SELECT *, cutoff_date = $judged_at AS is_judged
    FROM whitespace.features
    WHERE division = $division AND (cutoff_date = $judged_at OR list_contains($learnt_at, cutoff_date))
),
sizes AS (
    SELECT population, is_judged, count(*) AS pairs_of_side FROM pairs GROUP BY population, is_judged
)
SELECT population, is_judged, {features}
FROM pairs
JOIN sizes USING (population, is_judged)
WHERE hash(customer_id) % 1000000 < $most_pairs * 1000000.0 / pairs_of_side
ORDER BY customer_id, cutoff_date
