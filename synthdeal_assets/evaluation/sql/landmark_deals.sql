-- Every deal but renewals at each month end on which it was open: its stage on record, what was really so, and how it ends. Read only
-- to measure what can be known of open deals.
SELECT
    record.opportunity_id,
    record.stage_name,
    truth.metrics_level + truth.economic_buyer_level + truth.decision_criteria_level + truth.decision_process_level
    + truth.paper_process_level + truth.identify_pain_level + truth.champion_level + truth.competition_level AS levels,
    truth.win_probability,
    truth.outcome = 'Closed Won' AS won
FROM crm.landmarks AS record
JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE deals.type <> 'Existing Customer - Renewal'
ORDER BY record.opportunity_id, record.landmark_date
