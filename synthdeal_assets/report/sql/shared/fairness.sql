{% include "shared/main_scorer.sql" %}
, fairness AS (
    SELECT *
    FROM scoring.score_fairness
    INNER JOIN main_scorer USING (scorer, model, prompt_version)
)
