-- The first and the last day, when it stands alone: in at most two rows, and more than a year from the next.
WITH days AS (
    SELECT order_date, sum(n) AS n, arg_min(source_file, source_file) AS source_file,
        arg_min(first_row, source_file) AS first_row, arg_min(raw, source_file) AS raw
    FROM dates
    WHERE order_date IS NOT NULL
    GROUP BY order_date
),
beside AS (
    SELECT
        *,
        lag(order_date) OVER (ORDER BY order_date) AS before,
        lead(order_date) OVER (ORDER BY order_date) AS after
    FROM days
)
SELECT source_file, first_row, order_date, raw, after IS NULL AS is_last
FROM beside
WHERE n <= 2 AND (
    (after IS NULL AND order_date - before > 366) OR (before IS NULL AND after - order_date > 366)
)
ORDER BY order_date
