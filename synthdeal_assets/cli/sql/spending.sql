-- What requests to models took, one row a model, the dearest first. Parameter: run_id (NULL for every run).
SELECT
    provider,
    model,
    count(*) AS calls,
    count(*) FILTER (WHERE status = 'success') AS answers,
    coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(cached_input_tokens), 0)::BIGINT AS cached_input_tokens,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    count(*) FILTER (WHERE cost_usd IS NULL) AS calls_of_unknown_cost
FROM scoring.llm_calls
WHERE $run_id IS NULL OR run_id = $run_id
GROUP BY provider, model
ORDER BY cost_usd DESC, calls DESC, provider, model
