-- The pairs at the cutoffs that were learnt from and at the one that models are used at; where a side of a division and
-- population has many of them, those of a share of the customers. How customers buy stands beside the features.
CREATE OR REPLACE TEMP TABLE drift_sample AS
WITH sizes AS (
    SELECT division, population, cutoff_date = $used_at AS is_used, count(*) AS pairs_of_side
    FROM whitespace.features
    WHERE cutoff_date = $used_at OR list_contains($learnt_at, cutoff_date)
    GROUP BY ALL
),
sample AS (
    SELECT
        features.*,
        sizes.is_used,
        if(population = 'existing', orders_3m, customer_orders_3m) AS orders_lately,
        if(population = 'existing', amount_3m, customer_amount_3m) AS amount_lately
    FROM whitespace.features AS features
    JOIN sizes USING (division, population)
    WHERE sizes.is_used = (features.cutoff_date = $used_at)
        AND (features.cutoff_date = $used_at OR list_contains($learnt_at, features.cutoff_date))
        AND hash(features.customer_id) % 1000000 < $most_pairs * 1000000.0 / sizes.pairs_of_side
)
SELECT
    sample.* EXCLUDE (orders_lately, amount_lately),
    orders_lately > 0 AS bought_lately,
    if(orders_lately > 0, amount_lately / orders_lately, NULL) AS spent_an_order,
    labels.bought AS bought_in_window
FROM sample
LEFT JOIN whitespace.labels AS labels USING (cutoff_date, customer_id, division)
