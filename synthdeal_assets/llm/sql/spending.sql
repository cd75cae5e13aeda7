-- What requests to models took, one row a purpose and model, the dearest first; in the end, how many were in flight when
-- their run ended, and the USD that they may have cost at most (NULL when not known). Parameter: run_id (NULL for every
-- run).
SELECT
    purpose,
    provider,
    model,
    count(*) FILTER (WHERE status = 'success') AS answers,
    count(*) AS calls,
    coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(cached_input_tokens), 0)::BIGINT AS cached_input_tokens,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    count(*) FILTER (WHERE cost_usd IS NULL) AS calls_of_unknown_cost,
    count(*) FILTER (WHERE status = 'cancelled') AS in_flight,
    CASE
        WHEN count(*) FILTER (WHERE status = 'cancelled' AND counted_usd IS NULL) = 0
            THEN coalesce(fsum(counted_usd) FILTER (WHERE status = 'cancelled'), 0)
    END AS in_flight_usd
FROM {{ calls }}
WHERE $run_id IS NULL OR run_id = $run_id
GROUP BY purpose, provider, model
ORDER BY cost_usd DESC, calls DESC, purpose, provider, model
