-- Every tenth of a gains curve draws it well enough; a model is drawn beside the rule it has to beat.
SELECT population, ranker, curve, point
FROM whitespace.holdout_curves
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND (
        (curve = 'calibration' AND ranker = {{ champion | literal }})
        OR (
            curve = 'gains'
            AND ranker IN ({{ champion | literal }}, CASE population WHEN 'existing' THEN 'recency' ELSE 'popularity' END)
            AND abs(10 * x - round(10 * x)) < 1e-6
        )
    )
ORDER BY population, ranker, curve, point
