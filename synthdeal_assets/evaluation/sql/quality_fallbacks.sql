-- For each scorer that was asked: opportunities that it could not judge, and whose present score another one gave.
-- Renewals are left out, as in what is measured of the scorer's own judgements.
SELECT failures.scorer, count(*) AS fallbacks
FROM scoring.score_failures AS failures
JOIN scoring.opportunity_scores AS scores USING (opportunity_id, input_hash)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE scores.scorer <> failures.scorer AND deals.type <> 'Existing Customer - Renewal'
GROUP BY failures.scorer
