{% from "shared/intervals.sql" import wilson, difference_low, difference_high %}
{% from "shared/deal_named.sql" import deal_named %}
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

{{ deal_named("recommendation." ~ rule ~ "." ~ loop.index, opportunity_id) }}
{% endfor %}
{% endfor %}
{% for column, label, unit in (
    ("element", "the element", "none"),
    ("won_percent", "share of won deals in which the customer confirmed it", "percent"),
    ("lost_percent", "share of lost deals in which the customer confirmed it", "percent"),
    ("won", "won deals compared", "deals"),
    ("lost", "lost deals compared", "deals"),
    ("low", "difference of the shares, lower end of the interval", "percentage points"),
    ("high", "difference of the shares, upper end of the interval", "percentage points"),
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
        avg((judged.counted_level >= 2)::INTEGER) FILTER (WHERE deal.is_won) AS of_won,
        avg((judged.counted_level >= 2)::INTEGER) FILTER (WHERE NOT deal.is_won) AS of_lost,
        count(*) FILTER (WHERE deal.is_won) AS won,
        count(*) FILTER (WHERE NOT deal.is_won) AS lost
    FROM scoring.score_elements AS judged
    INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
    INNER JOIN names USING (element)
    WHERE judged.framework = 'MEDDPICC' AND deal.is_closed
    GROUP BY names.name
)
SELECT {{ {
    "won_percent": "round(100 * of_won, 2)",
    "lost_percent": "round(100 * of_lost, 2)",
    "low": "round(100 * (" ~ difference_low("of_won", "won", "of_lost", "lost", z_of_advice.qualify) ~ "), 2)",
    "high": "round(100 * (" ~ difference_high("of_won", "won", "of_lost", "lost", z_of_advice.qualify) ~ "), 2)",
}.get(column, column) }}
FROM shares
WHERE won > 0 AND lost > 0
ORDER BY of_won - of_lost DESC, element
LIMIT 1

{% endfor %}
{% for column, label, unit, expression in (
    ("lead_source", "the source", "none", "lead_source"),
    ("deals", "its closed deals", "deals", "deals"),
    ("win_percent", "share of them that was won", "percent", "round(100 * won, 2)"),
    ("others", "closed deals from all other named sources", "deals", "others"),
    ("others_percent", "share of those that was won", "percent", "round(100 * others_won, 2)"),
    ("low", "difference of the shares, lower end of the interval", "percentage points", "round(100 * low, 2)"),
    ("high", "difference of the shares, upper end of the interval", "percentage points", "round(100 * high, 2)"),
) %}
-- figure: process.source.{{ column }}
-- label: Lead source whose win rate differs most from that of all other named ones, and by more than chance: {{ label }}
-- unit: {{ unit }}
{% include "shared/lead_sources.sql" %}
, intervals AS (
    SELECT
        *,
        {{ difference_low("won", "deals", "others_won", "others", z_of_advice.source) }} AS low,
        {{ difference_high("won", "deals", "others_won", "others", z_of_advice.source) }} AS high
    FROM lead_sources
)
SELECT {{ expression }}
FROM intervals
WHERE low > 0 OR high < 0
ORDER BY abs(won - others_won) DESC, lead_source
LIMIT 1

{% endfor %}
-- figure: process.lost_late.deals
-- label: Lost deals that had reached a late stage
-- unit: deals
SELECT count(DISTINCT deal.opportunity_id)
FROM {{ new_business }} AS deal
INNER JOIN crm.opportunity_stages AS entry USING (opportunity_id)
WHERE {{ of_last_period }} AND deal.stage_name = 'Closed Lost' AND entry.stage_name IN {{ late_stages | literal }}

-- figure: process.lost_late.percent
-- label: Share of the lost deals that had reached a late stage
-- unit: percent
SELECT round(
    100.0 * count(DISTINCT deal.opportunity_id) FILTER (WHERE entry.stage_name IN {{ late_stages | literal }})
    / nullif(count(DISTINCT deal.opportunity_id), 0), 2
)
FROM {{ new_business }} AS deal
INNER JOIN crm.opportunity_stages AS entry USING (opportunity_id)
WHERE {{ of_last_period }} AND deal.stage_name = 'Closed Lost'

-- figure: process.lost_late.low
-- label: Share of the lost deals that had reached a late stage, lower end of the 95 % interval
-- unit: percent
SELECT round(100 * {{ wilson("share", "deals", z_of_advice.lost_late, "-") }}, 2)
FROM (
    SELECT
        count(*) AS deals,
        avg((opportunity_id IN (
            SELECT opportunity_id FROM crm.opportunity_stages WHERE stage_name IN {{ late_stages | literal }}
        ))::INTEGER) AS share
    FROM {{ new_business }}
    WHERE {{ of_last_period }} AND stage_name = 'Closed Lost'
)
WHERE deals > 0

-- figure: process.lost_late.days
-- label: Average days from creation to loss of the deals lost after reaching a late stage
-- unit: days
SELECT round(avg(date_diff('day', created_date, close_date)), 2)
FROM {{ new_business }}
WHERE {{ of_last_period }} AND stage_name = 'Closed Lost' AND opportunity_id IN (
    SELECT opportunity_id FROM crm.opportunity_stages WHERE stage_name IN {{ late_stages | literal }}
)

-- figure: process.loss.place
-- label: Place among the groups that lose more by more than chance of the first one that somebody can act on, at the level that advice needs, of all deals on record
-- unit: count
{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT place
FROM (
    SELECT *, row_number() OVER (ORDER BY amount DESC, dimension, name) AS place
    FROM tested_losses
    WHERE corrected <= 0.05 AND share > other_share AND name NOT IN {{ unactionable | literal }}
)
WHERE corrected <= {{ level_of_a_rule }} AND dimension IN {{ actionable_dimensions | literal }}
ORDER BY place
LIMIT 1

-- figure: advice.rules
-- label: Rules that look for a difference
-- unit: count
SELECT {{ rules_with_a_test }}

-- figure: advice.comparisons
-- label: Differences that they choose among, of all deals on record
-- unit: count
{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT count(*) + {{ other_comparisons }} FROM eligible
