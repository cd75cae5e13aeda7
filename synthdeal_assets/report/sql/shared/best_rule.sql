-- The rule that puts buyers first most often: beside a weaker one any model looks good.
WITH best_rule AS (
    SELECT population, ranker, value AS auc
    FROM whitespace.holdout_metrics
    WHERE
        cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
        AND division = {{ all_divisions | literal }}
        AND measure = 'auc'
        AND ranker IN ({{ whitespace_rules | map("literal") | join(", ") }})
    QUALIFY row_number() OVER (PARTITION BY population ORDER BY value DESC NULLS LAST, ranker) = 1
)
