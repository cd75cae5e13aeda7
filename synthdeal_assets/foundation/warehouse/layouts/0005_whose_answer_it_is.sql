-- table: scoring.llm_calls
-- A key had no endpoint: it is hashed once more with host, port and path of the one that was asked, without scheme and
-- usual port. What the models of demo-llm answered is the same wherever it listened.
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
UPDATE scoring.llm_calls SET key = sha256(key || chr(31) || endpoint_identity(endpoint, model));

-- table: scoring.llm_claims
-- Nobody would find the claims of executions that were killed under their new keys.
DELETE FROM scoring.llm_claims;

-- table: scoring.score_history
ALTER TABLE scoring.score_history ADD COLUMN endpoint VARCHAR;

-- table: scoring.opportunity_scores
-- The ledger is made with this table. A score whose answer is no longer on record holds wherever the model is asked.
ALTER TABLE scoring.opportunity_scores ADD COLUMN endpoint VARCHAR;
UPDATE scoring.opportunity_scores AS scores
SET endpoint = (
    SELECT arg_max(endpoint_identity(calls.endpoint, calls.model), calls.asked_at)
    FROM scoring.llm_calls AS calls
    WHERE calls.status = 'success'
        AND calls.purpose = 'scoring'
        AND calls.subject_id = scores.opportunity_id
        AND calls.provider = scores.scorer
        AND calls.model = scores.model
        AND calls.prompt_version = scores.prompt_version
        AND calls.asked_at <= scores.scored_at
);
