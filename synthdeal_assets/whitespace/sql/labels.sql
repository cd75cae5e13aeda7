-- What every pair of whitespace.features bought in (cutoff, window_end]. Rows of holdout sources count only when the
-- cutoff is judged at, never when it is learnt from. Units of a return are deducted whichever sign the log gives them.
INSERT INTO whitespace.labels BY NAME
SELECT
    cutoff_date,
    customer_id,
    division,
    population,
    coalesce(amount, 0) AS net_amount,
    coalesce(units, 0) AS net_quantity,
    net_amount > 0 OR (net_amount = 0 AND net_quantity > 0) AS bought
FROM whitespace.features
LEFT JOIN (
    SELECT customer_id, division, sum(amount) AS amount, sum(if(is_return, -abs(quantity), quantity)) AS units
    FROM sales.fact_transactions
    WHERE order_date > $cutoff AND order_date <= $window_end AND (NOT is_holdout OR $for_validation)
    GROUP BY ALL
) USING (customer_id, division)
WHERE cutoff_date = $cutoff
