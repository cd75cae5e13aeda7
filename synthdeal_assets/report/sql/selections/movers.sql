WITH {% include "shared/scores_then.sql" %}

SELECT opportunity_id
FROM scoring.opportunity_scores AS present
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
INNER JOIN scores_then USING (opportunity_id)
WHERE NOT deal.is_closed AND present.score {{ ">" if direction == "DESC" else "<" }} scores_then.score
ORDER BY present.score - scores_then.score {{ direction }}, deal.amount DESC, opportunity_id
