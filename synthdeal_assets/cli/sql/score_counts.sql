-- How the scores stand: what is scored in its present state, what has an old score only, what failed.
SELECT
    count(*) AS opportunities,
    count(*) FILTER (WHERE scores.input_hash = inputs.input_hash AND NOT scores.is_stale) AS scored,
    count(*) FILTER (WHERE scores.is_stale OR scores.input_hash != inputs.input_hash) AS stale,
    count(*) FILTER (WHERE failures.opportunity_id IS NOT NULL) AS failed,
    count(*) FILTER (WHERE failures.opportunity_id IS NOT NULL AND failures.next_attempt_at IS NULL) AS given_up
FROM scoring.scorer_inputs AS inputs
LEFT JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
LEFT JOIN scoring.score_failures AS failures USING (opportunity_id)
