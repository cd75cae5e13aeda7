{% for band in bands %}
-- figure: scores.band.{{ band.low }}.deals
-- label: Open deals with a score of {{ band.label }}
-- unit: deals
SELECT count(*)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND {{ band.condition }}

-- figure: scores.band.{{ band.low }}.amount
-- label: Amount of the open deals with a score of {{ band.label }}
-- unit: USD
SELECT coalesce(sum(deal.amount), 0)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND {{ band.condition }}

-- figure: scores.band.{{ band.low }}.percent
-- label: Share of the scored open deals with a score of {{ band.label }}
-- unit: percent
SELECT round(100.0 * count(*) FILTER (WHERE {{ band.condition }}) / nullif(count(*), 0), 2)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed

{% endfor %}
{% for segment in segments %}
-- figure: scores.segment.{{ segment.key }}.deals
-- label: Open deals in segment {{ segment.name }}
-- unit: deals
SELECT count(*)
FROM {{ new_business }} AS deal
INNER JOIN crm.accounts AS account USING (account_id)
WHERE NOT deal.is_closed AND account.segment = {{ segment.name | literal }}

-- figure: scores.segment.{{ segment.key }}.amount
-- label: Amount of the open deals in segment {{ segment.name }}
-- unit: USD
SELECT coalesce(sum(deal.amount), 0)
FROM {{ new_business }} AS deal
INNER JOIN crm.accounts AS account USING (account_id)
WHERE NOT deal.is_closed AND account.segment = {{ segment.name | literal }}

-- figure: scores.segment.{{ segment.key }}.mean
-- label: Average score of the open deals in segment {{ segment.name }}
-- unit: points
SELECT round(avg(score.score), 4)
FROM {{ new_business }} AS deal
INNER JOIN crm.accounts AS account USING (account_id)
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND account.segment = {{ segment.name | literal }}

{% endfor %}
{% for stage in stages %}
-- figure: scores.stage.{{ stage.key }}.mean
-- label: Average score of the open deals in stage {{ stage.name }}
-- unit: points
SELECT round(avg(score.score), 4)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed AND deal.stage_name = {{ stage.name | literal }}

{% endfor %}
