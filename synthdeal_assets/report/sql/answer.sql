-- figure: world.as_of
-- label: Day the report tells of
-- unit: date
SELECT as_of FROM crm.world

-- figure: pipeline.deals
-- label: Open deals
-- unit: deals
SELECT count(*) FROM {{ new_business }} WHERE NOT is_closed

-- figure: pipeline.amount
-- label: Amount of all open deals
-- unit: USD
SELECT coalesce(sum(amount), 0) FROM {{ new_business }} WHERE NOT is_closed

-- figure: pipeline.weighted
-- label: Open amount, each deal weighted with the probability of its stage
-- unit: USD
SELECT round(coalesce(sum(amount * probability / 100), 0), 2) FROM {{ new_business }} WHERE NOT is_closed

-- figure: pipeline.adjusted
-- label: Open amount, each deal weighted with the scorer's estimate of winning it
-- unit: USD
SELECT round(sum(deal.amount * score.win_probability), 2)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed

-- figure: pipeline.mean_score
-- label: Average score of the open deals that have one
-- unit: points
SELECT round(avg(score.score), 4)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed

-- figure: pipeline.median_score
-- label: Middle score of the open deals that have one
-- unit: points
SELECT round(median(score.score), 4)
FROM {{ new_business }} AS deal
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE NOT deal.is_closed

-- figure: pipeline.not_scored
-- label: Open deals whose present state has no score
-- unit: deals
{% include "shared/open_deals.sql" %}
SELECT count(*) FROM open_deals WHERE NOT has_present_score

-- figure: pipeline.not_scored_amount
-- label: Amount of the open deals whose present state has no score
-- unit: USD
{% include "shared/open_deals.sql" %}
SELECT coalesce(sum(amount) FILTER (WHERE NOT has_present_score), 0) FROM open_deals

-- figure: pipeline.outdated_score
-- label: Open deals that have only an older score, from before they changed
-- unit: deals
{% include "shared/open_deals.sql" %}
SELECT count(*) FROM open_deals WHERE NOT has_present_score AND score IS NOT NULL

-- figure: pipeline.without_score
-- label: Open deals that have no score at all
-- unit: deals
SELECT count(*)
FROM {{ new_business }} AS deal
ANTI JOIN scoring.opportunity_scores USING (opportunity_id)
WHERE NOT deal.is_closed

-- figure: late.deals
-- label: Open deals in a late stage (forecast category Best Case or Commit)
-- unit: deals
SELECT count(*) FROM {{ new_business }} WHERE NOT is_closed AND forecast_category IN ('Best Case', 'Commit')

-- figure: closed.won
-- label: Deals won among those created in the last 364 days
-- unit: deals
SELECT count(*) FROM {{ new_business }} WHERE is_won AND {{ of_last_period }}

-- figure: closed.won_amount
-- label: Amount of the deals won among those created in the last 364 days
-- unit: USD
SELECT coalesce(sum(amount), 0) FROM {{ new_business }} WHERE is_won AND {{ of_last_period }}

-- figure: closed.lost
-- label: Deals lost among those created in the last 364 days
-- unit: deals
SELECT count(*) FROM {{ new_business }} WHERE is_closed AND NOT is_won AND {{ of_last_period }}

-- figure: closed.deals
-- label: Deals won or lost among those created in the last 364 days
-- unit: deals
SELECT count(*) FROM {{ new_business }} WHERE is_closed AND {{ of_last_period }}

-- figure: closed.win_percent
-- label: Share won of the closed deals among those created in the last 364 days
-- unit: percent
SELECT round(100.0 * count(*) FILTER (WHERE is_won) / nullif(count(*), 0), 2)
FROM {{ new_business }}
WHERE is_closed AND {{ of_last_period }}

{% for figure, label, unit, expression in (
    ("deals", "Closed deals with a score of their evidence before they closed", "deals", "count(*)"),
    ("adjusted", "Their amount, each weighted with the scorer's estimate of then", "USD", "round(sum(amount * win_probability), 2)"),
    ("won_amount", "What of it was won", "USD", "coalesce(sum(amount) FILTER (WHERE is_won), 0)"),
) %}
-- figure: closed.forecast.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/closed_forecasts.sql" %}
SELECT {{ expression }} FROM closed_forecasts

{% endfor %}
