{% include "shared/main_scorer.sql" %}
-- The scorer of most of the scores where its order of open deals was measured, else the heuristic, which always is.
, ranked_scorer AS (
    SELECT ranking.scorer, ranking.model, ranking.prompt_version
    FROM scoring.landmark_ranking AS ranking
    LEFT JOIN main_scorer USING (scorer, model, prompt_version)
    WHERE
        ranking.ranked_by = {{ by_score | literal }}
        AND ranking.measure = 'auc'
        AND ranking.value IS NOT NULL
        AND (main_scorer.scorer IS NOT NULL OR ranking.scorer = 'heuristic')
    ORDER BY main_scorer.scorer IS NULL, ranking.model, ranking.prompt_version
    LIMIT 1
)
