-- The opportunities that are pending, or failed and due. A score counts as present when it was made from the present
-- input by the present scorer, at the endpoint that is asked now; a deal is given up when the present scorer failed on
-- the present input often enough at this endpoint, and not while only another model or prompt did: what the run that
-- failed had asked stands in the ledger. A score or failure without an endpoint counts at each.
WITH asked_otherwise AS (
    SELECT DISTINCT run_id, subject_id AS opportunity_id
    FROM scoring.llm_calls
    WHERE purpose = $purpose AND (model <> $model OR prompt_version <> $prompt_version)
),
judged AS (
    SELECT
        inputs.opportunity_id,
        coalesce(
            scores.input_hash = inputs.input_hash
            AND scores.scorer = $scorer
            AND scores.model = $model
            AND scores.prompt_version = $prompt_version
            AND ($endpoint IS NULL OR scores.endpoint IS NULL OR scores.endpoint = $endpoint),
            FALSE
        ) AS is_scored,
        failures.opportunity_id IS NOT NULL AS has_failed,
        coalesce(
            failures.input_hash = inputs.input_hash
            AND failures.scorer = $scorer
            AND coalesce(failures.endpoint = $endpoint, TRUE)
            AND asked_otherwise.run_id IS NULL
            AND (failures.attempts >= $max_attempts OR failures.next_attempt_at IS NULL),
            FALSE
        ) AS is_given_up,
        -- A failure that lies ahead was noted before the clock was set back: waiting for it would take too long.
        coalesce(failures.next_attempt_at <= $now OR failures.last_failed_at > $now, TRUE) AS is_due
    FROM scoring.scorer_inputs AS inputs
    LEFT JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
    LEFT JOIN scoring.score_failures AS failures USING (opportunity_id)
    LEFT JOIN asked_otherwise
        ON asked_otherwise.run_id = failures.run_id AND asked_otherwise.opportunity_id = failures.opportunity_id
)
SELECT inputs.*
FROM judged
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
WHERE CASE $only
    WHEN 'every_failed' THEN judged.has_failed
    WHEN 'failed' THEN judged.has_failed AND judged.is_due AND NOT judged.is_given_up
    ELSE (judged.has_failed OR NOT judged.is_scored) AND NOT judged.is_given_up
END
ORDER BY inputs.opportunity_id
