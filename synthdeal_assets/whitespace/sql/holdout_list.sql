-- The whitespace list as it would have been made at the cutoff.
SELECT customer_id, division, score AS list_score, challenger_score AS list_challenger_score
FROM whitespace.whitespace
WHERE cutoff_date = $cutoff
ORDER BY customer_id, division
