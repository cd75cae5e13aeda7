-- Invoice numbers with which several customers are billed.
SELECT count(*)
FROM (
    SELECT invoice FROM {{ fact }} WHERE invoice IS NOT NULL GROUP BY invoice HAVING min(customer_id) <> max(customer_id)
)
