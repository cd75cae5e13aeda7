-- What was predicted at the cutoff by models that know nothing later, and what was bought after it.
SELECT
    customers.customer,
    predictions.customer_id,
    predictions.division,
    labels.population,
    predictions.p_icp,
    predictions.p_challenger,
    predictions.recency_score,
    predictions.frequency_score,
    predictions.popularity_score,
    labels.bought,
    labels.net_amount
FROM whitespace.predictions AS predictions
JOIN whitespace.labels AS labels USING (cutoff_date, customer_id, division)
JOIN holdout_customers AS customers USING (customer_id)
WHERE predictions.model_cutoff = $cutoff AND predictions.cutoff_date = $cutoff
ORDER BY customers.customer, predictions.division
