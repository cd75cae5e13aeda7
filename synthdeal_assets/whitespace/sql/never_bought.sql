-- Customers of the log who are not known at the cutoff: by then they returned goods and bought none.
SELECT count(*)
FROM (
    SELECT customer_id FROM sales.fact_transactions WHERE order_date <= $cutoff AND NOT is_holdout
    EXCEPT
    SELECT customer_id FROM {% include 'known_log.sql' %} WHERE known_on <= $cutoff
)
