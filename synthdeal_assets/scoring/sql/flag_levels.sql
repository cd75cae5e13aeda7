-- What one scorer says of buyer and champion at the month ends that it has judged, and of today's open deals.
SELECT opportunity_id, landmark_date, economic_buyer, champion
FROM scoring.landmark_scores
WHERE scorer = $scorer AND model = $model AND prompt_version = $prompt_version
UNION ALL
SELECT
    opportunity_id,
    world.as_of AS landmark_date,
    max(level) FILTER (WHERE element = 'economic_buyer') AS economic_buyer,
    max(level) FILTER (WHERE element = 'champion') AS champion
FROM scoring.opportunity_scores
JOIN scoring.score_elements USING (opportunity_id)
CROSS JOIN crm.world AS world
WHERE framework = 'MEDDPICC' AND scorer = $scorer AND model = $model AND prompt_version = $prompt_version
GROUP BY opportunity_id, world.as_of
