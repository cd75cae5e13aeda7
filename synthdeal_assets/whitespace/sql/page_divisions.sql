SELECT
    division,
    max(pairs) FILTER (ranker = $champion AND measure = 'auc') AS pairs,
    max(positives) FILTER (ranker = $champion AND measure = 'auc') AS positives,
    max(value) FILTER (ranker = $champion AND measure = 'auc') AS auc,
    max(value) FILTER (ranker = $rule AND measure = 'auc') AS rule_auc,
    max(value) FILTER (ranker = $champion AND measure = 'lift_at_10') AS lift_at_10,
    max(value) FILTER (ranker = $rule AND measure = 'lift_at_10') AS rule_lift_at_10,
    max(value) FILTER (ranker = $champion AND measure = 'calibration_error') AS calibration_error,
    bool_or(passed = false) FILTER (ranker = $champion) AS is_broken
FROM whitespace.holdout_metrics
WHERE cutoff_date = $cutoff AND population = $population
GROUP BY division
HAVING pairs IS NOT NULL
ORDER BY division != $all, division
