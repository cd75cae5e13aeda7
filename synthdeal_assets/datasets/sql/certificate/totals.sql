-- What the groups of a total come to. Rows are added up before their groups are named: a name for each row takes longer.
WITH _added_up AS (
    SELECT {% for value in values %}{{ value }} AS value_{{ loop.index0 }}, {% endfor %}sum({{ units }}) AS units
    FROM {{ rows }}
    WHERE {{ there | join(' IS NOT NULL AND ') }} IS NOT NULL
    {{ 'GROUP BY ALL' if values }}
)
SELECT {% for label in labels %}{{ label }} AS label_{{ loop.index0 }}, {% endfor %}coalesce(sum(units), 0) AS units
FROM _added_up
{{ 'GROUP BY ALL ORDER BY ALL' if values }}
