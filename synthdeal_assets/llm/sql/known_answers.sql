-- The newest valid answer to each question, with what its run used on the way to it, unusable answers included. An
-- answer from before the time that is asked for is passed over. A number that cannot be one (a row that was edited by
-- hand) counts as not known: it must not spoil what is made of the answer.
WITH newest AS (
    SELECT
        key,
        arg_max(call_id, asked_at) AS call_id,
        arg_max(run_id, asked_at) AS run_id,
        arg_max(coalesce(answer, ''), asked_at) AS text,
        arg_max(latency_ms, asked_at) AS latency_ms
    FROM {{ calls }}
    WHERE status = 'success'
        AND purpose = $purpose
        AND key IN (SELECT asked_keys.key FROM asked_keys)
        AND ($not_before IS NULL OR asked_at >= $not_before)
    GROUP BY key
),
used AS (
    SELECT
        key,
        run_id,
        count(*) AS calls,
{% for tokens in ("input_tokens", "cached_input_tokens", "output_tokens") %}
        coalesce(sum({{ tokens }}) FILTER ({{ tokens }} BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS {{ tokens }},
{% endfor %}
        coalesce(round(sum(cost_usd) FILTER (isfinite(cost_usd) AND cost_usd >= 0), 9), 0) AS cost_usd,
        count(*) - count(*) FILTER (isfinite(cost_usd) AND cost_usd >= 0) AS calls_of_unknown_cost
    FROM {{ calls }}
    WHERE purpose = $purpose AND key IN (SELECT asked_keys.key FROM asked_keys)
    GROUP BY key, run_id
)
SELECT
    newest.key,
    newest.call_id,
    newest.text,
    used.calls,
    used.input_tokens,
    used.cached_input_tokens,
    used.output_tokens,
    used.cost_usd,
    used.calls_of_unknown_cost,
    CASE WHEN isfinite(newest.latency_ms) AND newest.latency_ms >= 0 THEN newest.latency_ms ELSE 0 END AS latency_ms
FROM newest
JOIN used USING (key, run_id)
ORDER BY newest.key
