-- Times without any sale, in log and holdout together, that are long beside the usual ones: perhaps a file is missing.
WITH days AS (
    SELECT order_date, lag(order_date) OVER (ORDER BY order_date) AS day_before
    FROM (SELECT DISTINCT order_date FROM sales.fact_transactions)
)

SELECT CAST(day_before + 1 AS DATE) AS first_day, CAST(order_date - 1 AS DATE) AS last_day
FROM days
WHERE day_before IS NOT NULL
QUALIFY order_date - day_before > greatest($shortest, $times_usual * median(order_date - day_before) OVER ())
ORDER BY first_day
