INSERT INTO bad_rows
SELECT log.source_file, log.source_row, 'holdout row not later than the log', NULL, false
FROM (
    {# By itself first: a log may call its columns as dates calls its own. #}
    SELECT source_file, source_row, coalesce({{ order_date }}, '') AS raw_date
    FROM {{ log }} AS log
    WHERE source_role = 'holdout'
) AS log
JOIN dates ON dates.source_file = log.source_file AND dates.raw = log.raw_date
{% if rows_are_rejected %}
ANTI JOIN bad_rows ON bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row
{% endif %}
WHERE dates.order_date <= {{ last | text }}
