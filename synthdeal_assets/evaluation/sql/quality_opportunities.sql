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
    truth.metrics_level AS true_metrics,
    truth.economic_buyer_level AS true_economic_buyer,
    truth.decision_criteria_level AS true_decision_criteria,
    truth.decision_process_level AS true_decision_process,
    truth.paper_process_level AS true_paper_process,
    truth.identify_pain_level AS true_identify_pain,
    truth.champion_level AS true_champion,
    truth.competition_level AS true_competition,
    truth.planted_instruction IS NOT NULL AS has_planted_instruction,
    inputs.stage_name,
    inputs.snapshot_date,
    deals.close_date,
    deals.is_closed,
    deals.is_won
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
JOIN truth.opportunities AS truth USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
ORDER BY scores.opportunity_id
