-- One row for each opportunity of a month end whose input is kept, with what was really so on that day and how it has
-- ended since. Read only to measure judgements of it.
SELECT
    inputs.opportunity_id,
    CASE record.outcome WHEN 'Closed Won' THEN 'won' WHEN 'Closed Lost' THEN 'lost' ELSE 'open' END AS state,
    born.planted_instruction IS NOT NULL AS has_planted_instruction,
    truth.win_probability AS true_win_probability,
    truth.metrics_level AS true_metrics,
    truth.economic_buyer_level AS true_economic_buyer,
    truth.decision_criteria_level AS true_decision_criteria,
    truth.decision_process_level AS true_decision_process,
    truth.paper_process_level AS true_paper_process,
    truth.identify_pain_level AS true_identify_pain,
    truth.champion_level AS true_champion,
    truth.competition_level AS true_competition,
    inputs.stage_name,
    inputs.landmark_date AS snapshot_date,
    truth.outcome_date AS close_date,
    record.outcome IS NOT NULL AS is_closed,
    coalesce(record.outcome = 'Closed Won', false) AS is_won
FROM scoring.landmark_inputs AS inputs
JOIN crm.landmarks AS record USING (opportunity_id, landmark_date)
JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date)
JOIN truth.opportunities AS born USING (opportunity_id)
WHERE inputs.landmark_date = $day
ORDER BY inputs.opportunity_id
