-- Features and labels of a population at a cutoff, at most about $most pairs, with a feature made of the label.
WITH pairs AS (
    SELECT features.*, labels.bought, if(labels.bought, 1 + abs(labels.net_amount), 0) AS planted_future
    FROM whitespace.features
    JOIN whitespace.labels USING (cutoff_date, customer_id, division)
    WHERE features.cutoff_date = $cutoff AND features.population = $population
)
FROM pairs
WHERE hash(customer_id, division) % greatest((SELECT count(*) FROM pairs) // $most, 1) = 0
ORDER BY customer_id, division
