-- What customers who entered a division spent in the window in which they did, for windows that had ended by the cutoff.
SELECT
    labels.division,
    count(*) AS entrants,
    median(labels.net_amount) AS typical_amount
FROM whitespace.labels
INNER JOIN whitespace.cutoffs USING (cutoff_date)
WHERE
    cutoffs.window_end <= $cutoff
    AND NOT cutoffs.uses_holdout
    AND labels.population = 'whitespace'
    AND labels.bought
GROUP BY GROUPING SETS ((labels.division), ())
ORDER BY labels.division NULLS FIRST
