-- In which columns of one source a point or a comma stands at all.
SELECT
    {% for column in columns %}
    coalesce(bool_or(contains(log.{{ column | name }}, '.') OR contains(log.{{ column | name }}, ',')), false){{ ',' if not loop.last }}
    {% endfor %}
FROM {{ source.table }} AS log
WHERE {{ source.condition }}
