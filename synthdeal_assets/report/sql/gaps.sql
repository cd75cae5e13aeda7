{% for element in meddpicc %}
{% for level in range(4) %}
-- figure: gaps.{{ element.key }}.level_{{ level }}_percent
-- label: Share of the scored open deals whose {{ element.name }} is at level {{ level }}
-- unit: percent
SELECT round(100.0 * count(*) FILTER (WHERE judged.counted_level = {{ level }}) / nullif(count(*), 0), 2)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'MEDDPICC' AND judged.element = {{ element.key | literal }}

{% endfor %}
-- figure: gaps.{{ element.key }}.mean
-- label: Average level of {{ element.name }} in the scored open deals, 0 to 3
-- unit: levels
SELECT round(avg(judged.counted_level), 4)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'MEDDPICC' AND judged.element = {{ element.key | literal }}

-- figure: gaps.{{ element.key }}.late_deals
-- label: Late-stage deals in which {{ element.name }} is not confirmed by the customer (level 0 or 1)
-- unit: deals
SELECT count(*)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'MEDDPICC' AND judged.element = {{ element.key | literal }}
    AND judged.counted_level < 2 AND deal.forecast_category IN ('Best Case', 'Commit')

-- figure: gaps.{{ element.key }}.late_amount
-- label: Amount of the late-stage deals in which {{ element.name }} is not confirmed by the customer
-- unit: USD
SELECT coalesce(sum(deal.amount), 0)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'MEDDPICC' AND judged.element = {{ element.key | literal }}
    AND judged.counted_level < 2 AND deal.forecast_category IN ('Best Case', 'Commit')

{% endfor %}
{% for element in bant %}
-- figure: gaps.{{ element.key }}.mean
-- label: Average level of {{ element.name }} in the scored open deals, 0 to 4
-- unit: levels
SELECT round(avg(judged.counted_level), 4)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'BANT' AND judged.element = {{ element.key | literal }}

-- figure: gaps.{{ element.key }}.low_percent
-- label: Share of the scored open deals whose {{ element.name }} is at level 0 or 1
-- unit: percent
SELECT round(100.0 * count(*) FILTER (WHERE judged.counted_level < 2) / nullif(count(*), 0), 2)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'BANT' AND judged.element = {{ element.key | literal }}

-- figure: gaps.{{ element.key }}.low_amount
-- label: Amount of the scored open deals whose {{ element.name }} is at level 0 or 1
-- unit: USD
SELECT coalesce(sum(deal.amount), 0)
FROM scoring.score_elements AS judged
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND judged.framework = 'BANT' AND judged.element = {{ element.key | literal }} AND judged.counted_level < 2

{% endfor %}
{% for band in bant_bands %}
-- figure: gaps.bant.{{ band.key }}.deals
-- label: Open deals with a BANT score of {{ band.label }}
-- unit: deals
SELECT count(*)
FROM scoring.opportunity_scores
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND bant_score BETWEEN {{ band.low }} AND {{ band.high }}

-- figure: gaps.bant.{{ band.key }}.amount
-- label: Amount of the open deals with a BANT score of {{ band.label }}
-- unit: USD
SELECT coalesce(sum(deal.amount), 0)
FROM scoring.opportunity_scores
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
WHERE NOT deal.is_closed AND bant_score BETWEEN {{ band.low }} AND {{ band.high }}

{% endfor %}
{% for column, label, unit in (("element", "the element", "none"), ("deals", "deals", "deals"), ("amount", "amount", "USD")) %}
-- figure: gaps.widest_1.{{ column }}
-- label: MEDDPICC element that most late-stage deals leave without confirmed evidence: {{ label }}
-- unit: {{ unit }}
{% include "shared/widest_gap.sql" %}
, names(element, name) AS (
    VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.name | literal }}){{ ", " if not loop.last }}{% endfor %}

)
SELECT {{ {"element": "names.name", "deals": "widest.deals", "amount": "widest.amount"}[column] }}
FROM widest
INNER JOIN names USING (element)
WHERE widest.deals > 0

{% endfor %}

{% for column, label, sign in (("low", "lower", "-"), ("high", "upper", "+")) %}
-- figure: gaps.widest_1.apart.{{ column }}
-- label: How much more often late-stage deals leave gap number 1 unconfirmed than the other elements on average, {{ label }} end of the interval
-- unit: percentage points
{% include "shared/widest_gap.sql" %}
SELECT round(100 * (avg(apart) {{ sign }} {{ z_of_advice.coach }} * stddev_samp(apart) / sqrt(count(*))), 2)
FROM widest_gap
HAVING count(*) >= {{ min_for_interval }}

{% endfor %}
