-- The failures of some opportunities that count for the present scorer, model, prompt and endpoint, as far as the ledger
-- says: what the run that failed had asked stands there.
SELECT failures.*
FROM scoring.score_failures AS failures
WHERE failures.opportunity_id IN (SELECT unnest($opportunity_ids))
    AND failures.scorer = $scorer
    AND coalesce(failures.endpoint = $endpoint, TRUE)
    AND NOT EXISTS (
        FROM scoring.llm_calls AS calls
        WHERE calls.run_id = failures.run_id
            AND calls.purpose = $purpose
            AND calls.subject_id = failures.opportunity_id
            AND (calls.model <> $model OR calls.prompt_version <> $prompt_version)
    )
