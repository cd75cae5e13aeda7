-- How many pairs of a customer and a division were learnt from, and how many of them bought.
SELECT
    customers.customer,
    labels.division,
    labels.population,
    count(*)::DOUBLE AS pairs,
    count(*) FILTER (labels.bought)::DOUBLE AS positives
FROM whitespace.labels AS labels
JOIN holdout_customers AS customers USING (customer_id)
WHERE list_contains($learnt_at, labels.cutoff_date)
GROUP BY ALL
ORDER BY customers.customer, labels.division, labels.population
