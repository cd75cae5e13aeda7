-- What a run has taken so far, for all purposes: its budget is one. A cost that is not known counts at its worst case,
-- as it did when it was capped. Parameter: run_id.
SELECT
    count(*) AS calls,
    coalesce(sum(input_tokens) FILTER (input_tokens BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS input_tokens,
    coalesce(sum(cached_input_tokens) FILTER (cached_input_tokens BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS cached_input_tokens,
    coalesce(sum(output_tokens) FILTER (output_tokens BETWEEN 0 AND 1_000_000_000), 0)::BIGINT AS output_tokens,
    coalesce(sum(coalesce(cost_usd, counted_usd)), 0)::DOUBLE AS cost_usd,
    count(*) FILTER (WHERE cost_usd IS NULL) AS calls_of_unknown_cost
FROM {{ calls }}
WHERE run_id = $run_id
