-- Whose scores of the present state are on record: one row a scorer, model, prompt version and endpoint, the most first.
SELECT scores.scorer, scores.model, scores.prompt_version, scores.endpoint, count(*) AS scored
FROM scoring.scorer_inputs AS inputs
JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
WHERE scores.input_hash = inputs.input_hash AND NOT scores.is_stale
GROUP BY ALL
ORDER BY scored DESC, scorer, model, prompt_version, endpoint
