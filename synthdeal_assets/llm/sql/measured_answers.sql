-- What answered questions to a model took, every paid request for each counted, those that brought nothing usable too,
-- but not those that were in flight when a run ended: no run is expected to be ended.
-- Parameters: purpose, provider, model, prompt_version, reasoning_effort (NULL when it was left to the model).
-- Added up in a fixed order, so that the same requests give the same means to the last digit.
WITH questions AS (
    SELECT
        key,
        count(*) AS requests,
        sum(input_tokens) AS input_tokens,
        sum(cached_input_tokens) AS cached_input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(latency_ms ORDER BY call_id) / 1000 AS seconds
    FROM {{ calls }}
    WHERE purpose = $purpose
        AND provider = $provider
        AND model = $model
        AND prompt_version = $prompt_version
        AND status <> 'cancelled'
        AND json_extract_string(parameters, '$.reasoning_effort') IS NOT DISTINCT FROM $reasoning_effort
    GROUP BY key
    HAVING count(*) FILTER (WHERE status = 'success' AND input_tokens IS NOT NULL AND output_tokens IS NOT NULL) > 0
)
SELECT
    count(*) AS questions,
    avg(requests ORDER BY key) AS requests,
    avg(input_tokens ORDER BY key) AS input_tokens,
    coalesce(avg(cached_input_tokens ORDER BY key), 0) AS cached_input_tokens,
    avg(output_tokens ORDER BY key) AS output_tokens,
    stddev_samp(input_tokens ORDER BY key) AS input_spread,
    stddev_samp(output_tokens ORDER BY key) AS output_spread,
    avg(seconds ORDER BY key) AS seconds
FROM questions
