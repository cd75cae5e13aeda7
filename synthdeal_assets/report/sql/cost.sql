-- figure: cost.requests
-- label: Requests sent to a language model
-- unit: count
SELECT count(*) FROM scoring.llm_calls WHERE purpose = 'scoring'

{% if asked_models %}
{% for figure, label, unit, expression in (
    ("paid", "Requests that brought an answer", "count", "count(*) FILTER (WHERE status IN ('success', 'unusable', 'damaged'))"),
    (
        "unusable",
        "Requests whose answer was paid for and could not be used: malformed, truncated or refused",
        "count",
        "count(*) FILTER (WHERE status = 'unusable')",
    ),
    ("damaged", "Answers that can no longer be read in the ledger", "count", "count(*) FILTER (WHERE status = 'damaged')"),
    ("failed", "Requests without an answer", "count", "count(*) FILTER (WHERE status = 'failed')"),
    (
        "cancelled",
        "Requests that were under way when a run ended, perhaps paid for",
        "count",
        "count(*) FILTER (WHERE status = 'cancelled')",
    ),
    ("input_tokens", "Tokens read, as far as the endpoints said", "count", "coalesce(sum(input_tokens), 0)"),
    ("cached_tokens", "Tokens read from a provider's cache", "count", "coalesce(sum(cached_input_tokens), 0)"),
    ("output_tokens", "Tokens written, as far as the endpoints said", "count", "coalesce(sum(output_tokens), 0)"),
    ("usd", "Cost of all requests whose cost is known", "USD in full", "round(sum(cost_usd), 6)"),
    ("unknown", "Requests whose cost is not known", "count", "count(*) FILTER (WHERE cost_usd IS NULL)"),
    ("questions", "Questions: a deal to be judged by one model with one prompt", "count", "count(DISTINCT key)"),
    (
        "simulated",
        "Answers simulated from the hidden truth",
        "count",
        "count(*) FILTER (WHERE contains(response_model, " ~ (simulated_mark | literal) ~ "))",
    ),
) %}
-- figure: cost.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM scoring.llm_calls WHERE purpose = 'scoring'

{% endfor %}
-- figure: cost.paid_at_known_cost
-- label: Requests that brought an answer, and whose cost is known
-- unit: count
SELECT count(cost_usd) FROM scoring.llm_calls WHERE purpose = 'scoring' AND status IN ('success', 'unusable', 'damaged')

-- figure: cost.known_questions
-- label: Questions that were answered, with every request of known cost
-- unit: count
SELECT count(*)
FROM (
    SELECT key
    FROM scoring.llm_calls
    WHERE purpose = 'scoring'
    GROUP BY key
    HAVING count(*) = count(cost_usd) AND bool_or(status IN ('success', 'unusable', 'damaged'))
)

-- figure: cost.per_question
-- label: Average cost of such a question
-- unit: USD in full
SELECT round(avg(cost), 6)
FROM (
    SELECT sum(cost_usd) AS cost
    FROM scoring.llm_calls
    WHERE purpose = 'scoring'
    GROUP BY key
    HAVING count(*) = count(cost_usd) AND bool_or(status IN ('success', 'unusable', 'damaged'))
)

-- figure: cost.reused
-- label: Present scores of a language model, renewals included, whose answer another run had paid for
-- unit: deals
SELECT count(*)
FROM scoring.opportunity_scores AS score
WHERE
    score.scorer != 'heuristic'
    AND NOT EXISTS (
        FROM scoring.llm_calls AS call
        WHERE
            call.purpose = 'scoring'
            AND call.subject_id = score.opportunity_id
            AND call.run_id = score.run_id
            AND call.status IN ('success', 'damaged')
    )

{% for provider, model in asked_models %}
{% set place = loop.index %}
{% for column, label, unit, expression in (
    ("provider", "Provider", "none", "any_value(provider)"),
    ("model", "Model", "none", "any_value(model)"),
    ("requests", "Requests to it", "count", "count(*)"),
    ("paid", "Answers of it", "count", "count(*) FILTER (WHERE status IN ('success', 'unusable', 'damaged'))"),
    ("unusable", "Answers of it that could not be used", "count", "count(*) FILTER (WHERE status = 'unusable')"),
    ("input_tokens", "Tokens it read", "count", "sum(input_tokens)"),
    ("output_tokens", "Tokens it wrote", "count", "sum(output_tokens)"),
    (
        "usd",
        "Cost of its answers whose cost is known",
        "USD in full",
        "round(sum(cost_usd) FILTER (WHERE status IN ('success', 'unusable', 'damaged')), 6)",
    ),
    ("unknown", "Requests to it whose cost is not known", "count", "count(*) FILTER (WHERE cost_usd IS NULL)"),
    (
        "simulated",
        "Answers simulated from the hidden truth",
        "count",
        "count(*) FILTER (WHERE contains(response_model, " ~ (simulated_mark | literal) ~ "))",
    ),
) %}
-- figure: cost.model.{{ place }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM scoring.llm_calls WHERE purpose = 'scoring' AND provider = {{ provider | literal }} AND model = {{ model | literal }}

{% endfor %}
{% endfor %}
{% endif %}
