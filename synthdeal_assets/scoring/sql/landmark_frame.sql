-- The landmarks that one scorer has judged, as the CRM showed them, with what has become of them as far as it has closed.
SELECT
    record.opportunity_id,
    record.landmark_date,
    record.owner_id,
    record.stage_name,
    record.amount,
    record.close_date,
    record.age_days,
    record.days_in_stage,
    record.slips,
    scores.score,
    scores.points,
    scores.win_probability,
    if(deals.is_closed, deals.close_date, NULL) AS closed_on,
    if(deals.is_closed, deals.is_won, NULL) AS is_won
FROM crm.landmarks AS record
JOIN scoring.landmark_scores AS scores USING (opportunity_id, landmark_date)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE scores.scorer = $scorer AND scores.model = $model AND scores.prompt_version = $prompt_version
ORDER BY record.landmark_date, record.opportunity_id
