{% for flag in flags %}
SELECT {{ flag.key | literal }}
FROM (
    {% include "shared/flagged_deals.sql" %}
    SELECT count(*) FILTER (WHERE {{ flag.condition }}) AS deals, count(*) AS base
    FROM flagged_deals
    WHERE {{ flag.base_condition }}
)
WHERE 100 * deals > {{ max_flag_percent }} * base
{{ "UNION ALL" if not loop.last }}
{% endfor %}
