{% for stage in stages %}
{% for column, label, unit, expression in forecast_columns %}
-- figure: forecast.stage.{{ stage.key }}.{{ column }}
-- label: {{ label }} in stage {{ stage.name }}
-- unit: {{ unit }}
{% include "shared/open_deals.sql" %}
SELECT {{ expression }} FROM open_deals WHERE stage_name = {{ stage.name | literal }}

{% endfor %}
{% endfor %}
{% for quarter in quarters %}
-- figure: forecast.quarter.{{ quarter }}.name
-- label: Quarter of the expected close
-- unit: none
SELECT any_value('Q' || quarter(close_date) || ' ' || year(close_date))
FROM crm.opportunities
WHERE NOT is_closed AND year(close_date) || '-Q' || quarter(close_date) = {{ quarter | literal }}

{% for column, label, unit, expression in forecast_columns %}
-- figure: forecast.quarter.{{ quarter }}.{{ column }}
-- label: {{ label }}, expected to close in {{ quarter }}
-- unit: {{ unit }}
{% include "shared/open_deals.sql" %}
SELECT {{ expression }}
FROM open_deals
WHERE year(close_date) || '-Q' || quarter(close_date) = {{ quarter | literal }}

{% endfor %}
{% endfor %}
