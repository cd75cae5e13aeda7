-- On how many days each customer bought each product by the cutoff; returns are no purchases.
SELECT
    customer_id,
    product,
    any_value(division) AS division,
    count(DISTINCT order_date) AS purchases
FROM sales.fact_transactions
WHERE order_date <= $cutoff AND NOT is_holdout AND NOT is_return
GROUP BY customer_id, product
ORDER BY customer_id, product
