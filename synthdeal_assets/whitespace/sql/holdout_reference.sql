-- What the same models say of the latest window that they learnt from.
SELECT customers.customer, predictions.division, predictions.population, predictions.p_icp, predictions.p_challenger
FROM whitespace.predictions AS predictions
JOIN holdout_customers AS customers USING (customer_id)
WHERE predictions.model_cutoff = $cutoff AND predictions.cutoff_date < $cutoff
ORDER BY customers.customer, predictions.division
