-- What the chosen learners say of the latest training window, by fits that had not seen it: no model is as sure of what
-- it has not learnt from as of what it has.
SELECT customers.customer, predictions.division, predictions.population, predictions.p_icp, predictions.p_challenger
FROM whitespace.predictions AS predictions
JOIN holdout_customers AS customers USING (customer_id)
WHERE predictions.model_cutoff = $cutoff AND predictions.cutoff_date < $cutoff
ORDER BY customers.customer, predictions.division
