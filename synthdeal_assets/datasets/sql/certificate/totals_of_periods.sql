-- What each group comes to, and 0 for each period between two days in which dates may be.
SELECT {{ columns }}, sum(units) AS units
FROM (
    SELECT * FROM ({{ found }})
    UNION ALL BY NAME
    SELECT {{ label }} AS {{ column }}, 0 AS units
    FROM (SELECT unnest(generate_series({{ first }}, {{ last }}, INTERVAL 1 DAY)) AS day)
    {% if days %}WHERE isodow(day) - 1 IN ({{ days | join(", ") }}){% endif %}
)
GROUP BY ALL ORDER BY ALL
