-- One row for each opportunity that can be scored and is no renewal, with what is really so. Read only to measure judgements of it.
SELECT
    inputs.opportunity_id,
    CASE WHEN NOT deals.is_closed THEN 'open' WHEN deals.is_won THEN 'won' ELSE 'lost' END AS state,
    truth.planted_instruction IS NOT NULL AS has_planted_instruction,
    truth.win_probability AS true_win_probability,
    {% include "true_levels.sql" %},
    inputs.stage_name,
    inputs.snapshot_date,
    deals.close_date,
    deals.is_closed,
    deals.is_won
FROM scoring.scorer_inputs AS inputs
JOIN truth.opportunities AS truth USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE deals.type <> 'Existing Customer - Renewal'
ORDER BY inputs.opportunity_id
