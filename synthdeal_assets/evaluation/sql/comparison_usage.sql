-- What the answer to each question took: tokens and USD of every answer that its run paid for on the way to it,
-- unusable ones included, NULL when that of one of them is not known; and the milliseconds of the request that brought it.
WITH used AS (
    SELECT
        key,
        arg_max(run_id, asked_at) AS run_id,
        arg_max(latency_ms, asked_at) AS latency_ms
    FROM scoring.llm_calls
    WHERE status = 'success' AND purpose = $purpose AND key IN (SELECT unnest($keys))
    GROUP BY key
)

SELECT
    calls.key,
    CASE WHEN bool_and(calls.input_tokens IS NOT NULL AND calls.output_tokens IS NOT NULL)
        THEN sum(calls.input_tokens + calls.output_tokens)
    END::DOUBLE AS tokens,
    CASE WHEN bool_and(calls.cost_usd IS NOT NULL) THEN round(sum(calls.cost_usd), 9) END AS cost_usd,
    any_value(used.latency_ms) AS latency_ms
FROM scoring.llm_calls AS calls
JOIN used USING (key, run_id)
WHERE calls.purpose = $purpose AND calls.status IN ('success', 'unusable')
GROUP BY calls.key
ORDER BY calls.key
