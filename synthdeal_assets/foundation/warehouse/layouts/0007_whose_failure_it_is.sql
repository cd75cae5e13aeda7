-- table: scoring.score_failures
-- The ledger is made with this table. A failure whose requests are no longer on record holds wherever the model is asked.
CREATE OR REPLACE TEMP MACRO endpoint_identity(endpoint, model) AS CASE
    WHEN starts_with(model, 'demo-llm') THEN 'demo-llm'
    ELSE rtrim(
        regexp_replace(
            regexp_replace(
                lower(regexp_extract(endpoint, '^[^:/]+://[^/]*')), '^(?:(http://.*):80|(https://.*):443)$', '\1\2'
            ),
            '^[^:/]+://',
            ''
        ) || regexp_extract(endpoint, '^[^:/]+://[^/]*(/.*)$', 1),
        '/'
    )
END;
ALTER TABLE scoring.score_failures ADD COLUMN endpoint VARCHAR;
UPDATE scoring.score_failures AS failures
SET endpoint = (
    SELECT arg_max(endpoint_identity(calls.endpoint, calls.model), calls.asked_at)
    FROM scoring.llm_calls AS calls
    WHERE calls.purpose = 'scoring'
        AND calls.run_id = failures.run_id
        AND calls.subject_id = failures.opportunity_id
);
