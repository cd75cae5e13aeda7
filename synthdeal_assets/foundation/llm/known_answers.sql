-- The newest valid answer to each question. An answer from before the time that is asked for is passed over.
SELECT
    key,
    arg_max(call_id, asked_at) AS call_id,
    arg_max(coalesce(answer, ''), asked_at) AS text,
    arg_max(coalesce(input_tokens, 0), asked_at) AS input_tokens,
    arg_max(coalesce(output_tokens, 0), asked_at) AS output_tokens,
    arg_max_null(cost_usd, asked_at) AS cost_usd,
    arg_max(latency_ms, asked_at) AS latency_ms
FROM scoring.llm_calls
WHERE status = 'success'
    AND key IN (SELECT asked_keys.key FROM asked_keys)
    AND ($not_before IS NULL OR asked_at >= $not_before)
GROUP BY key
ORDER BY key
