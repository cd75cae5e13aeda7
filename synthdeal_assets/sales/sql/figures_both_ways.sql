-- Some rows of a source, those first in which an amount may be read either way: each column with a point before the
-- decimals, then with a comma.
{% macro rows(which) %}
SELECT
    {% for column in columns %}
    CAST(log.{{ column | name }} AS VARCHAR) AS written_{{ loop.index0 }}{{ ',' if not loop.last }}
    {% endfor %}
FROM {{ source.table }} AS log
WHERE {{ source.condition }}
    AND {{ which }}({% for column in open %}
        coalesce(regexp_matches(log.{{ column | name }}, '[0-9][.,][0-9]{3}(?:[^0-9]|$)'), false){{ ' OR ' if not loop.last }}
    {% endfor %})
LIMIT {{ most }}
{% endmacro %}
SELECT
    {% for column in columns %}
    figure_of(written_{{ loop.index0 }}, false),
    figure_of(written_{{ loop.index0 }}, {{ 'true' if column in texts else 'false' }}){{ ',' if not loop.last }}
    {% endfor %}
FROM (
    ({{ rows('') }})
    UNION ALL
    ({{ rows('NOT ') }})
)
