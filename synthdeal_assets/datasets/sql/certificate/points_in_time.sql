-- Points in time without a row, rows without a point, and rows beyond the first of a point.
WITH _points AS (
    {{ points }}
), _wanted AS (
{% if parents %}
    SELECT parent.{{ key }} AS parent, {{ called }} AS called{{ ', point' if at }}{{ ', count(*) AS times' if not at }}
    FROM {{ parents }} AS parent, _points
    {{ 'GROUP BY ALL' if not at }}
{% else %}
    SELECT 0 AS parent, '' AS called{{ ', point' if at }}{{ ', count(*) AS times' if not at }} FROM _points
    {{ 'GROUP BY ALL' if not at }}
{% endif %}
), _there AS (
    SELECT {{ reference if parents else '0' }} AS parent, {{ at ~ ' AS point, ' if at }}count(*) AS times
    FROM {{ rows }}
    GROUP BY ALL
), _compared AS (
    SELECT
        abs(coalesce({{ '1' if at else '_wanted.times' }}, 0) * (_wanted.parent IS NOT NULL)::INT
            - coalesce(_there.times, 0)) AS off,
        coalesce(_wanted.called, _there.parent::VARCHAR){{ " || ' ' || coalesce(_wanted.point, _there.point)::VARCHAR" if at }} AS called
    FROM _wanted
    FULL JOIN _there ON _there.parent = _wanted.parent{{ ' AND _there.point = _wanted.point' if at }}
)
SELECT coalesce(sum(off), 0)::BIGINT AS against, min(trim(called), 5) FILTER (WHERE off <> 0) AS keys, NULL AS first
FROM _compared
