-- Every tenth of a gains curve draws it well enough; a model is drawn beside the best rule.
{% include "shared/best_rule.sql" %}

SELECT curves.population, curves.ranker, curve, point
FROM whitespace.holdout_curves AS curves
LEFT JOIN best_rule USING (population)
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND (
        (curve = 'calibration' AND curves.ranker = {{ champion | literal }})
        OR (
            curve = 'gains'
            AND (curves.ranker = {{ champion | literal }} OR curves.ranker = best_rule.ranker)
            AND abs(10 * x - round(10 * x)) < 1e-6
        )
    )
ORDER BY curves.population, curves.ranker, curve, point
