{% for flag in flags %}
{% for column, label, unit, expression in (
    ("deals", "Those that it covers", "deals", "count(*) FILTER (WHERE " ~ flag.condition ~ ")"),
    ("base", "Deals that it could cover", "deals", "count(*)"),
    ("percent", "Share of them that it covers", "percent",
        "round(100.0 * count(*) FILTER (WHERE " ~ flag.condition ~ ") / nullif(count(*), 0), 2)"),
) %}
-- figure: flag.{{ flag.key }}.{{ column }}
-- label: {{ label }}: {{ flag.label }}
-- unit: {{ unit }}
{% include "shared/flagged_deals.sql" %}
SELECT {{ expression }} FROM flagged_deals WHERE {{ flag.base_condition }}

{% endfor %}
{% endfor %}
