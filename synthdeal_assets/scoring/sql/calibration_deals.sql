-- One row for each opportunity whose present input has a score: the chance given, the day of the evidence, the outcome.
SELECT
    scores.opportunity_id,
    scores.scorer,
    scores.model,
    scores.prompt_version,
    scores.win_probability,
    inputs.snapshot_date,
    deals.close_date,
    deals.is_closed,
    deals.is_won,
    deals.type = 'Existing Customer - Renewal' AS is_renewal
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
JOIN crm.opportunities AS deals USING (opportunity_id)
ORDER BY scores.opportunity_id
