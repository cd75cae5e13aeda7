-- What one customer had bought from each division by the cutoff.
SELECT
    division,
    count(DISTINCT (order_date, invoice)) FILTER (WHERE NOT is_return) AS orders,
    CAST(sum(amount) AS DOUBLE) AS net_amount,
    CAST(sum(quantity) AS DOUBLE) AS net_quantity,
    count(*) FILTER (WHERE is_return) AS returns,
    min(order_date) FILTER (WHERE NOT is_return) AS first_purchase,
    max(order_date) FILTER (WHERE NOT is_return) AS last_purchase
FROM sales.fact_transactions
WHERE customer_id = $customer_id AND order_date <= $cutoff AND NOT is_holdout
GROUP BY division
ORDER BY division
