-- The newest valid answer to each question, with what its run used on the way to it, unusable answers included: no cost
-- where that of one request is not known. An answer from before the time that is asked for is passed over. A number that
-- cannot be one (a row that was edited by hand) counts as not known: it must not spoil the score.
WITH newest AS (
    SELECT
        key,
        arg_max(call_id, asked_at) AS call_id,
        arg_max(run_id, asked_at) AS run_id,
        arg_max(coalesce(answer, ''), asked_at) AS text,
        arg_max(latency_ms, asked_at) AS latency_ms
    FROM scoring.llm_calls
    WHERE status = 'success'
        AND key IN (SELECT asked_keys.key FROM asked_keys)
        AND ($not_before IS NULL OR asked_at >= $not_before)
    GROUP BY key
),
used AS (
    SELECT
        key,
        run_id,
        coalesce(sum(input_tokens) FILTER (input_tokens BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS input_tokens,
        coalesce(sum(output_tokens) FILTER (output_tokens BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS output_tokens,
        CASE WHEN bool_and(coalesce(isfinite(cost_usd) AND cost_usd >= 0, FALSE)) THEN round(sum(cost_usd), 9) END AS cost_usd
    FROM scoring.llm_calls
    WHERE key IN (SELECT asked_keys.key FROM asked_keys)
    GROUP BY key, run_id
)
SELECT
    newest.key,
    newest.call_id,
    newest.text,
    used.input_tokens,
    used.output_tokens,
    used.cost_usd,
    CASE WHEN isfinite(newest.latency_ms) AND newest.latency_ms >= 0 THEN newest.latency_ms ELSE 0 END AS latency_ms
FROM newest
JOIN used USING (key, run_id)
ORDER BY newest.key
