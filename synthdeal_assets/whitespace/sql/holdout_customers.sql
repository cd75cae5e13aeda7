-- A number for each customer, so that pairs of one customer are known as such wherever they occur.
CREATE OR REPLACE TEMP TABLE holdout_customers AS
SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS customer
FROM (SELECT DISTINCT customer_id FROM whitespace.predictions WHERE model_cutoff = $cutoff)
