-- One row for each opportunity whose present input has a score, beside what is really so. Read only to measure scores.
SELECT
    scores.opportunity_id,
    scores.scorer,
    scores.model,
    scores.prompt_version,
    scores.score,
    scores.meddpicc_score,
    scores.win_probability,
    scores.input_tokens + scores.output_tokens AS tokens,
    scores.cost_usd,
    truth.win_probability AS true_win_probability,
    {% include "true_levels.sql" %},
    truth.planted_instruction IS NOT NULL AS has_planted_instruction,
    inputs.stage_name,
    length(concat(
        inputs.metrics, inputs.economic_buyer, inputs.decision_criteria, inputs.decision_process, inputs.paper_process,
        inputs.identify_pain, inputs.champion, inputs.competition
    )) AS text_length,
    len(list_filter([
        inputs.metrics, inputs.economic_buyer, inputs.decision_criteria, inputs.decision_process, inputs.paper_process,
        inputs.identify_pain, inputs.champion, inputs.competition
    ], lambda text: text IS NOT NULL)) AS filled_fields,
    inputs.snapshot_date,
    deals.close_date,
    deals.is_closed,
    deals.is_won,
    deals.type = 'Existing Customer - Renewal' AS is_renewal
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
JOIN truth.opportunities AS truth USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
ORDER BY scores.opportunity_id
