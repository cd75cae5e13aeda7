-- What Dagster is told of each stored score, with the names that score_metadata gives.
SELECT
    scores.opportunity_id,
    inputs.name AS opportunity,
    scores.score,
    scores.meddpicc_score,
    scores.bant_score,
    scores.win_probability,
    scores.reasoning,
    scores.scorer,
    scores.model,
    scores.input_hash
FROM scoring.opportunity_scores AS scores
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
ORDER BY scores.opportunity_id
