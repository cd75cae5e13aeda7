{% include "shared/main_scorer.sql" %}
-- The scorer of most of the scores where its order was measured, else the heuristic, which always is.
, ranked_scorer AS (
    SELECT
        ranking.ranked_by AS ranked_by,
        ranking.ranked_by || ' within a stage' AS within,
        substr(ranking.ranked_by, length('score of ') + 1) AS scorer
    FROM scoring.landmark_ranking AS ranking
    CROSS JOIN main_scorer
    WHERE ranking.ranked_by IN ('score of heuristic', 'score of ' || main_scorer.scorer)
    ORDER BY ranking.ranked_by = 'score of ' || main_scorer.scorer DESC
    LIMIT 1
)
