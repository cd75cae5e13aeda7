-- Whether the present scorer's order of open deals was measured, and cannot be told from that of a coin.
{% include "shared/main_scorer.sql" %}
SELECT coalesce(max(low) <= 0.5, false)::INTEGER
FROM scoring.landmark_ranking
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE ranked_by = {{ by_score | literal }} AND measure IN ('auc', 'auc_within_a_stage')
