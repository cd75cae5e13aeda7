-- What the models say of the pairs without a purchase.
SELECT customer_id, division, p_icp, p_challenger
FROM whitespace.predictions
WHERE model_cutoff = $model_cutoff AND cutoff_date = $cutoff AND population = 'whitespace'
ORDER BY customer_id, division
