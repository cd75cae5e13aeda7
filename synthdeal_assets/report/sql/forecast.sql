{% for stage in stages %}
{% for column, label, unit, expression in forecast_columns %}
-- figure: forecast.stage.{{ stage.key }}.{{ column }}
-- label: {{ label }} in stage {{ stage.name }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }} AS deal
LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND deal.stage_name = {{ stage.name | literal }}

{% endfor %}
{% endfor %}
{% for quarter in quarters %}
-- figure: forecast.quarter.{{ quarter }}.name
-- label: Quarter of the expected close
-- unit: none
SELECT any_value('Q' || quarter(close_date) || ' ' || year(close_date))
FROM {{ new_business }}
WHERE NOT is_closed AND year(close_date) || '-Q' || quarter(close_date) = {{ quarter | literal }}

{% for column, label, unit, expression in forecast_columns %}
-- figure: forecast.quarter.{{ quarter }}.{{ column }}
-- label: {{ label }}, expected to close in {{ quarter }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }} AS deal
LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND year(deal.close_date) || '-Q' || quarter(deal.close_date) = {{ quarter | literal }}

{% endfor %}
{% endfor %}
{% for quarter in booked_quarters %}
-- figure: bookings.quarter.{{ quarter }}.name
-- label: Quarter in which deals closed
-- unit: none
SELECT 'Q{{ quarter[-1] }} {{ quarter[:4] }}'
    || CASE WHEN year(as_of) || '-Q' || quarter(as_of) = {{ quarter | literal }} THEN ', so far' ELSE '' END
FROM crm.world

{% for column, label, unit, expression in (
    ("deals", "Deals won", "deals", "count(*)"), ("amount", "Amount won", "USD", "coalesce(sum(amount), 0)"),
) %}
-- figure: bookings.quarter.{{ quarter }}.{{ column }}
-- label: {{ label }} in {{ quarter }}, of all deals on record
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }}
WHERE is_won AND year(close_date) || '-Q' || quarter(close_date) = {{ quarter | literal }}

{% endfor %}
{% endfor %}
