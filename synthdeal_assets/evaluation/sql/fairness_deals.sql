-- One row for each opportunity whose present input has a score and that is no renewal: the groups it belongs to, and
-- its true levels. Read only to measure scores.
SELECT
    scores.opportunity_id,
    scores.scorer,
    scores.model,
    scores.prompt_version,
    scores.score,
    inputs.segment,
    inputs.region,
    coalesce(users.name, 'unknown') || ', ' || deals.owner_id AS owner,
    inputs.industry,
    inputs.stage_name AS stage,
    {% include "true_levels.sql" %}
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
JOIN truth.opportunities AS truth USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
LEFT JOIN crm.users AS users ON users.user_id = deals.owner_id
WHERE deals.type <> 'Existing Customer - Renewal'
ORDER BY scores.opportunity_id
