-- What is known of each pair of a division at some cutoffs, with the customer's orders in other divisions, and what it
-- bought then if that is asked for.
WITH others AS (
    SELECT cutoff_date, customer_id{{ others }}
    FROM whitespace.features
    WHERE list_contains($cutoffs::DATE[], cutoff_date)
    GROUP BY cutoff_date, customer_id
)
SELECT
    features.cutoff_date,
    features.customer_id,
    features.population,
    (hash(features.customer_id) % 20)::BIGINT AS fold,
    {{ columns }}{{ label }}
FROM whitespace.features AS features
JOIN others USING (cutoff_date, customer_id)
{{ labels }}
WHERE
    list_contains($cutoffs::DATE[], features.cutoff_date)
    AND features.division = $division
    AND (len($populations::VARCHAR[]) = 0 OR list_contains($populations::VARCHAR[], features.population))
    {{ kept }}
ORDER BY features.cutoff_date DESC, features.customer_id
