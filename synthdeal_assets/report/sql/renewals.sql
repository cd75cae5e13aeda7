{% set renewals = "(FROM crm.opportunities WHERE type = " ~ (renewal | literal) ~ ")" %}
{% for figure, label, condition in (
    ("open", "Open renewals", "NOT is_closed"),
    ("due", "Open renewals that are expected to close within 90 days", "NOT is_closed AND close_date <= (SELECT as_of + 90 FROM crm.world)"),
    ("won", "Renewals won among those created in the last 364 days", "is_won AND " ~ of_last_period),
    ("lost", "Renewals lost among those created in the last 364 days", "is_closed AND NOT is_won AND " ~ of_last_period),
) %}
{% for column, unit, expression in (("deals", "deals", "count(*)"), ("amount", "USD", "coalesce(sum(amount), 0)")) %}
-- figure: renewals.{{ figure }}.{{ column }}
-- label: {{ label }}{{ ": amount" if column == "amount" }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM {{ renewals }} WHERE {{ condition }}

{% endfor %}
{% endfor %}
{% for column, label, expression in (
    ("win_percent", "Share won of the closed renewals among those created in the last 364 days", "avg(is_won::INTEGER)"),
    ("kept_percent", "Share renewed of the amount of the closed renewals among those created in the last 364 days", "sum(amount) FILTER (WHERE is_won) / sum(amount)"),
) %}
-- figure: renewals.closed.{{ column }}
-- label: {{ label }}
-- unit: percent
SELECT round(100 * {{ expression }}, 2) FROM {{ renewals }} WHERE is_closed AND {{ of_last_period }}

{% endfor %}
-- figure: renewals.open.chance_percent
-- label: Average of the scorer's chances, corrected by how earlier renewals turned out, of the open renewals that have one
-- unit: percent
SELECT round(100 * avg(calibrated_win_probability), 2)
FROM {{ renewals }} AS deal
INNER JOIN scoring.calibrated_probabilities USING (opportunity_id)
WHERE NOT deal.is_closed

{% for quarter in booked_quarters %}
{% for column, unit, expression in (("deals", "deals", "count(*)"), ("amount", "USD", "coalesce(sum(amount), 0)")) %}
-- figure: renewals.quarter.{{ quarter }}.{{ column }}
-- label: {{ "Renewals won" if column == "deals" else "Amount renewed" }} in {{ quarter }}, of all renewals on record
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ renewals }}
WHERE is_won AND year(close_date) || '-Q' || quarter(close_date) = {{ quarter | literal }}

{% endfor %}
{% endfor %}
