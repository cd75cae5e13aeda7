{# Who is known, and what of them: a customer is known from its first purchase, and so is what it returned before. Who
   only ever returned goods is known at no cutoff. `known_on` is the first day at whose end a row counts. #}
(
    SELECT log.*, greatest(order_date, known_since) AS known_on
    FROM sales.fact_transactions AS log
    JOIN (
        SELECT customer_id, min(order_date) AS known_since
        FROM sales.fact_transactions
        WHERE NOT is_holdout AND NOT is_return
        GROUP BY customer_id
    ) USING (customer_id)
    WHERE NOT is_holdout
)
