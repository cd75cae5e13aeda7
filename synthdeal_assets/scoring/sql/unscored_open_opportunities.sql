-- Open opportunities without a score of their present input, with the reason.
SELECT
    deals.opportunity_id,
    deals.name,
    CASE
        WHEN failures.opportunity_id IS NOT NULL THEN failures.kind || ': ' || failures.message
        WHEN scores.opportunity_id IS NOT NULL THEN 'changed since it was scored'
        ELSE 'not scored yet'
    END AS reason
FROM crm.opportunities AS deals
LEFT JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
LEFT JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
LEFT JOIN scoring.score_failures AS failures USING (opportunity_id)
WHERE NOT deals.is_closed AND scores.input_hash IS DISTINCT FROM inputs.input_hash
ORDER BY deals.opportunity_id
