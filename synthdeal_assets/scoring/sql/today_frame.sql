-- The deals that are open today, in the form of landmarks, with what one scorer says of their present state.
WITH entry AS (
    SELECT
        *,
        stage_name IS DISTINCT FROM lag(stage_name) OVER of_deal AS is_move,
        close_date > lag(close_date) OVER of_deal AS is_slip
    FROM crm.opportunity_stages
    WINDOW of_deal AS (PARTITION BY opportunity_id ORDER BY sequence)
),
course AS (
    SELECT
        opportunity_id,
        max(entered_date) FILTER (WHERE is_move) AS stage_since,
        count(*) FILTER (WHERE is_slip) AS slips
    FROM entry
    GROUP BY opportunity_id
),
level AS (
    SELECT opportunity_id, sum(counted_level)::INTEGER AS points
    FROM scoring.score_elements
    WHERE framework = 'MEDDPICC'
    GROUP BY opportunity_id
),
judged AS (
    SELECT scores.opportunity_id, scores.score, level.points, scores.win_probability
    FROM scoring.opportunity_scores AS scores
    JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
    JOIN level USING (opportunity_id)
    WHERE scores.scorer = $scorer AND scores.model = $model AND scores.prompt_version = $prompt_version
)
SELECT
    deals.opportunity_id,
    world.as_of AS landmark_date,
    deals.owner_id,
    deals.stage_name,
    deals.amount,
    deals.close_date,
    (world.as_of - deals.created_date)::INTEGER AS age_days,
    (world.as_of - course.stage_since)::INTEGER AS days_in_stage,
    course.slips::INTEGER AS slips,
    judged.score,
    judged.points,
    judged.win_probability,
    NULL::DATE AS closed_on,
    NULL::BOOLEAN AS is_won
FROM crm.opportunities AS deals
CROSS JOIN crm.world AS world
JOIN course USING (opportunity_id)
LEFT JOIN judged USING (opportunity_id)
WHERE NOT deals.is_closed AND deals.type <> 'Existing Customer - Renewal'
ORDER BY deals.opportunity_id
