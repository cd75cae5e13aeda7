-- Every customer known at the cutoff, and the divisions it owns; a customer with returns alone owns none.
SELECT
    customer_id,
    division,
    bool_or(NOT is_return) AS owns
FROM sales.fact_transactions
WHERE order_date <= $cutoff AND NOT is_holdout
GROUP BY customer_id, division
ORDER BY customer_id, division
