-- Every customer known at the cutoff, and the divisions it bought from or returned something to.
SELECT DISTINCT customer_id, division
FROM sales.fact_transactions
WHERE order_date <= $cutoff AND NOT is_holdout
ORDER BY customer_id, division
