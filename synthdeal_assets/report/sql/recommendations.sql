{% for rule, opportunity_ids in concerned.items() %}
-- figure: recommendation.{{ rule }}.deals
-- label: Open deals that recommendation "{{ rule }}" concerns
-- unit: deals
{% include "shared/concerned_deals.sql" %}
SELECT count(*) FROM concerned WHERE rule = {{ rule | literal }}

-- figure: recommendation.{{ rule }}.amount
-- label: Amount of the open deals that recommendation "{{ rule }}" concerns
-- unit: USD
{% include "shared/concerned_deals.sql" %}
SELECT coalesce(sum(amount), 0) FROM concerned WHERE rule = {{ rule | literal }}

{% for opportunity_id in opportunity_ids %}
-- figure: recommendation.{{ rule }}.{{ loop.index }}.deal
-- label: Deal number {{ loop.index }} by amount that recommendation "{{ rule }}" concerns
-- unit: none
SELECT opportunity_id
FROM (
{% include "selections/concerned_deals.sql" %}
)
LIMIT 1 OFFSET {{ loop.index0 }}

-- figure: recommendation.{{ rule }}.{{ loop.index }}.name
-- label: Its name
-- unit: none
SELECT name FROM crm.opportunities WHERE opportunity_id = {{ opportunity_id | literal }}

-- figure: recommendation.{{ rule }}.{{ loop.index }}.amount
-- label: Its amount
-- unit: USD
SELECT amount FROM crm.opportunities WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% endfor %}
{% for column, label, unit in (
    ("element", "the element", "none"),
    ("won_percent", "share of won deals in which the customer confirmed it", "percent"),
    ("lost_percent", "share of lost deals in which the customer confirmed it", "percent"),
    ("won", "won deals compared", "deals"),
    ("lost", "lost deals compared", "deals"),
) %}
-- figure: process.difference.{{ column }}
-- label: MEDDPICC element in which won and lost deals differ most: {{ label }}
-- unit: {{ unit }}
WITH names(element, name) AS (
    VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.name | literal }}){{ ", " if not loop.last }}{% endfor %}

),
shares AS (
    SELECT
        names.name AS element,
        round(100 * avg((judged.level >= 2)::INTEGER) FILTER (WHERE deal.is_won), 2) AS won_percent,
        round(100 * avg((judged.level >= 2)::INTEGER) FILTER (WHERE NOT deal.is_won), 2) AS lost_percent,
        count(*) FILTER (WHERE deal.is_won) AS won,
        count(*) FILTER (WHERE NOT deal.is_won) AS lost
    FROM scoring.score_elements AS judged
    INNER JOIN crm.opportunities AS deal USING (opportunity_id)
    INNER JOIN names USING (element)
    WHERE judged.framework = 'MEDDPICC' AND deal.is_closed
    GROUP BY names.name
)
SELECT {{ column }} FROM shares ORDER BY won_percent - lost_percent DESC NULLS LAST, element LIMIT 1

{% endfor %}
{% for end, direction in (("best", "DESC"), ("worst", "ASC")) %}
{% for column, label, unit in (
    ("lead_source", "the source", "none"),
    ("win_percent", "share of its closed deals that was won", "percent"),
    ("deals", "its closed deals", "deals"),
) %}
-- figure: process.source.{{ end }}.{{ column }}
-- label: Lead source with the {{ end }} win rate, of those with 30 closed deals or more: {{ label }}
-- unit: {{ unit }}
SELECT {{ {"lead_source": "lead_source", "win_percent": "round(100 * avg(is_won::INTEGER), 2)", "deals": "count(*)"}[column] }}
FROM crm.opportunities
WHERE is_closed
GROUP BY lead_source
HAVING count(*) >= 30
ORDER BY avg(is_won::INTEGER) {{ direction }}, lead_source
LIMIT 1

{% endfor %}
{% endfor %}
-- figure: process.lost_late.deals
-- label: Lost deals that had reached a late stage
-- unit: deals
SELECT count(DISTINCT deal.opportunity_id)
FROM crm.opportunities AS deal
INNER JOIN crm.opportunity_stages AS entry USING (opportunity_id)
WHERE deal.stage_name = 'Closed Lost' AND entry.stage_name IN {{ late_stages | literal }}

-- figure: process.lost_late.percent
-- label: Share of the lost deals that had reached a late stage
-- unit: percent
SELECT round(
    100.0 * count(DISTINCT deal.opportunity_id) FILTER (WHERE entry.stage_name IN {{ late_stages | literal }})
    / nullif(count(DISTINCT deal.opportunity_id), 0), 2
)
FROM crm.opportunities AS deal
INNER JOIN crm.opportunity_stages AS entry USING (opportunity_id)
WHERE deal.stage_name = 'Closed Lost'

-- figure: process.lost_late.days
-- label: Average days from creation to loss of the deals lost after reaching a late stage
-- unit: days
SELECT round(avg(date_diff('day', created_date, close_date)), 2)
FROM crm.opportunities
WHERE stage_name = 'Closed Lost' AND opportunity_id IN (
    SELECT opportunity_id FROM crm.opportunity_stages WHERE stage_name IN {{ late_stages | literal }}
)
