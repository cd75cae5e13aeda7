-- What the groups of a total come to, in units of the last decimal. Rows are added up before their groups are named: a
-- name for each row takes longer; and before units are counted: 18 digits, as files have them, have no room for so many.
WITH _added_up AS (
    SELECT
        {% for value in values %}{{ value }} AS value_{{ loop.index0 }}, {% endfor %}
        sum(CAST({{ amount }} AS DECIMAL(18, {{ decimals }}))) AS amount
    FROM {{ rows }}
    WHERE {{ there | join(' IS NOT NULL AND ') }} IS NOT NULL
    {{ 'GROUP BY ALL' if values }}
)
SELECT
    {% for label in labels %}{{ label }} AS label_{{ loop.index0 }}, {% endfor %}
    coalesce(CAST(CAST(sum(amount) AS DECIMAL(38, {{ decimals }})) * {{ 10**decimals }} AS HUGEINT), 0) AS units
FROM _added_up
{{ 'GROUP BY ALL ORDER BY ALL' if values }}
