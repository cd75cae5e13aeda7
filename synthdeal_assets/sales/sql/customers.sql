-- A day and an invoice are one order. Of names, reps and branches the latest counts, by day, then source, then row.
INSERT INTO {{ customers }} BY NAME
WITH bought AS (
    SELECT
        customer_id,
        min(order_date) AS first_order_date,
        max(order_date) AS last_order_date,
        CAST(sum(amount) AS DECIMAL(18, 4)) AS net_amount,
        count(DISTINCT division) FILTER (NOT is_return) AS divisions,
        count(DISTINCT hash(order_date, invoice)) FILTER (NOT is_return) AS orders
    FROM {{ fact }}
    WHERE NOT is_holdout
    GROUP BY customer_id
),
{% if named %}
named AS (
    SELECT
        ids.customer_id,
        {% for column in named %}
        arg_max(
            log.{{ column }},
            CAST(date_diff('day', DATE '1900-01-01', dates.order_date) AS HUGEINT) * 1000000000000000000
                + log_sources.position * 1000000000000 + log.source_row
        ) FILTER (log.{{ column }} IS NOT NULL) AS {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    FROM (
        {# By themselves first: a log may call its columns as ids and dates call theirs. #}
        SELECT
            source_file,
            source_row,
            coalesce({{ customer_id }}, '') AS raw_id,
            coalesce({{ order_date }}, '') AS raw_date,
            {% for column, expression in named.items() %}
            none_if_blank({{ expression }}) AS {{ column }}{{ ',' if not loop.last }}
            {% endfor %}
        FROM {{ log }} AS log
        WHERE source_role = 'log'
    ) AS log
    JOIN log_sources ON log_sources.source_file = log.source_file
    JOIN ids ON ids.source_file = log.source_file AND ids.raw = log.raw_id
    JOIN dates ON dates.source_file = log.source_file AND dates.raw = log.raw_date
    {% if rows_are_rejected %}
    ANTI JOIN bad_rows ON bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row
    {% endif %}
    GROUP BY ids.customer_id
),
{% endif %}
{% if accounts %}
accounts_by_name AS (
    SELECT lower(trim(name)) AS name, min(account_id) AS account_id FROM {{ accounts }} GROUP BY ALL
),
{% endif %}
described AS (
    SELECT bought.*
        {% for column in ['name', 'rep', 'branch'] %}
        , {{ 'named.' ~ column if column in named else 'CAST(NULL AS VARCHAR)' }} AS {{ column }}
        {% endfor %}
    FROM bought
    {% if named %}
    LEFT JOIN named USING (customer_id)
    {% endif %}
)
SELECT
    described.*,
    {% if accounts %}
    coalesce(accounts.account_id, accounts_by_name.account_id) AS account_id
    {% else %}
    CAST(NULL AS VARCHAR) AS account_id
    {% endif %}
FROM described
{% if accounts %}
LEFT JOIN {{ accounts }} AS accounts ON accounts.account_id = described.customer_id
LEFT JOIN accounts_by_name ON accounts_by_name.name = lower(trim(described.name))
{% endif %}
ORDER BY customer_id
