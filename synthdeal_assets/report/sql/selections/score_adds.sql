{% include "shared/ranked_scorer.sql" %}
, ranking AS (
    SELECT
        max(low) FILTER (WHERE ranked_by = {{ by_score | literal }} AND measure = 'auc_within_a_stage') AS within_low,
        max(low) FILTER (WHERE ranked_by = {{ by_score | literal }} AND measure = 'auc') AS score_low,
        max(high) FILTER (WHERE ranked_by = {{ by_stage | literal }} AND measure = 'auc') AS stage_high
    FROM scoring.landmark_ranking
    INNER JOIN ranked_scorer USING (scorer, model, prompt_version)
)
SELECT (coalesce(within_low > 0.5, false) OR coalesce(score_low > stage_high, false))::INTEGER
FROM ranking
WHERE within_low IS NOT NULL OR score_low IS NOT NULL
