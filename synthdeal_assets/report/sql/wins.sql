{% for industry in industries %}
{% set prefix = "wins.industry." ~ "%02d" | format(loop.index) %}
-- figure: {{ prefix }}.name
-- label: Industry
-- unit: none
{% include "shared/wins_by_industry.sql" %}
SELECT industry FROM wins_by_industry WHERE industry = {{ industry | literal }}

{% for column, label, unit, expression in (
    ("deals", "Closed deals", "deals", "deals"),
    ("win_percent", "Share won", "percent", "round(100 * share, 2)"),
    ("low", "Share won, lower end of the 95 % interval", "percent", "round(100 * low, 2)"),
    ("high", "Share won, upper end of the 95 % interval", "percent", "round(100 * high, 2)"),
) %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }} of the deals of the last 364 days in {{ industry }}
-- unit: {{ unit }}
{% include "shared/wins_by_industry.sql" %}
SELECT {{ expression }} FROM wins_by_industry WHERE industry = {{ industry | literal }}

{% endfor %}
-- figure: {{ prefix }}.true_odds
-- label: What the odds of a win in {{ industry }} are in truth multiplied with
-- unit: ratio
SELECT round(exp(log_odds), 2)
FROM truth.effects
WHERE attribute = 'industry' AND value = {{ industry | literal }}

{% endfor %}
-- figure: wins.industries
-- label: Industries with a closed deal of the last 364 days
-- unit: count
{% include "shared/wins_by_industry.sql" %}
SELECT count(*) FROM wins_by_industry

-- figure: wins.standing_out
-- label: Industries whose interval does not hold the share won of all closed deals of the last 364 days
-- unit: count
{% include "shared/wins_by_industry.sql" %}
SELECT count(*)
FROM wins_by_industry
CROSS JOIN (SELECT sum(deals * share) / sum(deals) AS of_all FROM shares)
WHERE of_all < low OR of_all > high

{% for place in (1, 2) %}
{% for column, label, unit, expression in (
    ("attribute", "what the deals have in common", "none", "replace(attribute, '_', ' ')"),
    ("value", "which of them", "none", "value"),
    ("odds", "what the odds of a win are multiplied with", "ratio", "round(exp(log_odds), 2)"),
) %}
-- figure: wins.largest.{{ place }}.{{ column }}
-- label: Effect on winning that is in truth the largest but {{ place - 1 }}: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM truth.effects
ORDER BY abs(log_odds) DESC, attribute, value
LIMIT 1 OFFSET {{ place - 1 }}

{% endfor %}
{% endfor %}
{% for reason in lost_reasons %}
{% for column, label, unit, expression in (
    ("name", "Reason of a loss", "none", "any_value(lost_reason)"),
    ("deals", "Deals of the last 364 days that were lost for this reason: " ~ reason, "deals", "count(*)"),
    ("amount", "Amount of the deals of the last 364 days that were lost for this reason: " ~ reason, "USD", "round(sum(amount), 2)"),
) %}
-- figure: wins.lost.{{ "%02d" | format(lost_reasons.index(reason) + 1) }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }}
WHERE lost_reason = {{ reason | literal }} AND {{ of_last_period }}

{% endfor %}
{% endfor %}
{% for competitor in competitors %}
{% for column, label, unit, expression in (
    ("name", "Competitor", "none", "any_value(competitor)"),
    ("deals", "Closed deals of the last 364 days in which " ~ competitor ~ " was met", "deals", "count(*)"),
    ("win_percent", "Share won of the closed deals of the last 364 days in which " ~ competitor ~ " was met", "percent", "round(100 * avg(is_won::INTEGER), 2)"),
) %}
-- figure: wins.competitor.{{ "%02d" | format(competitors.index(competitor) + 1) }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }}
WHERE competitor = {{ competitor | literal }} AND {{ of_last_period }}

{% endfor %}
{% endfor %}
-- figure: wins.off_list
-- label: Money that the deals won of the last 364 days cost less than by the price book
-- unit: USD
{% include "shared/sold_lines.sql" %}
SELECT round(sum(by_list - total_price), 2) FROM sold_lines

-- figure: wins.off_list_percent
-- label: What the deals won of the last 364 days cost less than by the price book
-- unit: percent
{% include "shared/sold_lines.sql" %}
SELECT round(100 * sum(by_list - total_price) / sum(by_list), 2) FROM sold_lines
