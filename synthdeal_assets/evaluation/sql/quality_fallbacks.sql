-- For each scorer that was asked: opportunities that it could not judge, and whose present score another one gave.
SELECT failures.scorer, count(*) AS fallbacks
FROM scoring.score_failures AS failures
JOIN scoring.opportunity_scores AS scores USING (opportunity_id, input_hash)
WHERE scores.scorer <> failures.scorer
GROUP BY failures.scorer
