-- The divisions whose orders a model may look at beside its own: those with most owners at the earliest cutoff.
-- The earliest one, because it is the same for every cutoff of a run and knows nothing of what came later.
SELECT division
FROM whitespace.features
WHERE cutoff_date = (SELECT min(cutoff_date) FROM whitespace.features)
GROUP BY division
ORDER BY count(*) FILTER (WHERE population = 'existing') DESC, division
LIMIT $most
