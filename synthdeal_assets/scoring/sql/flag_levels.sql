-- What one scorer says of evidence, buyer and champion: at the month ends that it has judged, and of today's open deals
-- in the state that it has judged. If today is the end of a month, its scores already stand among the landmarks too.
SELECT opportunity_id, landmark_date, points, economic_buyer, champion
FROM scoring.landmark_scores
JOIN crm.landmarks USING (opportunity_id, landmark_date)
WHERE scorer = $scorer AND model = $model AND prompt_version = $prompt_version
UNION ALL
SELECT
    opportunity_id,
    world.as_of AS landmark_date,
    sum(elements.counted_level)::INTEGER AS points,
    max(elements.level) FILTER (WHERE elements.element = 'economic_buyer') AS economic_buyer,
    max(elements.level) FILTER (WHERE elements.element = 'champion') AS champion
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
JOIN scoring.score_elements AS elements USING (opportunity_id)
CROSS JOIN crm.world AS world
WHERE
    elements.framework = 'MEDDPICC'
    AND scores.scorer = $scorer
    AND scores.model = $model
    AND scores.prompt_version = $prompt_version
GROUP BY opportunity_id, world.as_of
