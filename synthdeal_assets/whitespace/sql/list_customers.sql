-- Customers as they were known at the cutoff. Their names and accounts say who they are, whenever they were written.
WITH known AS (
    SELECT
        customer_id,
        arg_max(rep, (order_date, source_file, source_row)) FILTER (WHERE rep IS NOT NULL) AS rep,
        max(order_date) FILTER (WHERE NOT is_return) AS last_purchase
    FROM {% include 'known_log.sql' %}
    WHERE known_on <= $cutoff
    GROUP BY customer_id
)

SELECT
    known.customer_id,
    customers.name AS customer_name,
    customers.account_id,
    coalesce(known.rep, 'unassigned') AS rep,
    CAST($cutoff - known.last_purchase AS BIGINT) AS days_since_purchase
FROM known
LEFT JOIN sales.customers AS customers USING (customer_id)
ORDER BY known.customer_id
