INSERT INTO bad_rows
SELECT log.source_file, log.source_row, 'holdout row not later than the log', NULL, false
FROM {{ log }} AS log
JOIN dates ON dates.source_file = log.source_file AND dates.raw = coalesce({{ order_date }}, '')
{% if rows_are_rejected %}
ANTI JOIN bad_rows ON bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row
{% endif %}
WHERE log.source_role = 'holdout' AND dates.order_date <= {{ last | text }}
