-- The log as it was known on the day getvariable('cutoff'), with another future: later sales that never were, of every
-- pair, of customers and divisions that nobody knew of, and earlier ones in a holdout source. Nothing of it may be seen.
CREATE OR REPLACE TABLE sales.fact_transactions AS
WITH known AS (
    SELECT * FROM {{ log }} WHERE order_date <= getvariable('cutoff') AND NOT is_holdout
),
of_pairs AS (
    SELECT * REPLACE (98765.4321 AS amount, 4321 AS quantity, false AS is_return)
    FROM known
    QUALIFY row_number() OVER (PARTITION BY customer_id, division ORDER BY source_file, source_row, product) = 1
)
FROM known
UNION ALL BY NAME
SELECT * REPLACE (getvariable('cutoff') + 1 AS order_date) FROM of_pairs
UNION ALL BY NAME
SELECT * REPLACE (
    getvariable('cutoff') + 1 AS order_date,
    'canary ' || customer_id AS customer_id,
    'canary ' || division AS division,
    'canary ' || product AS product
)
FROM of_pairs
UNION ALL BY NAME
SELECT * REPLACE (true AS is_holdout) FROM of_pairs
