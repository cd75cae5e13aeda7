{% include "shared/quarter.sql" %}
{% include "shared/quota.sql" %}
, won AS (
    SELECT coalesce(sum(deal.amount), 0) AS won
    FROM {{ new_business }} AS deal
    CROSS JOIN quarter
    WHERE deal.is_won AND deal.close_date BETWEEN quarter.first_day AND quarter.as_of
),
by_stage AS (
    SELECT coalesce(sum(deal.amount * deal.probability / 100), 0) AS by_stage
    FROM {{ new_business }} AS deal
    CROSS JOIN quarter
    WHERE NOT deal.is_closed AND deal.close_date BETWEEN quarter.first_day AND quarter.last_day
),
likely_end AS (
    SELECT
        won.won,
        total.amount IS NOT NULL AS is_learnt,
        won.won + coalesce(total.amount, by_stage.by_stage) AS expected,
        won.won + total.low AS low,
        won.won + total.high AS high,
        (SELECT sum(amount) FROM quota) AS target
    FROM won
    CROSS JOIN by_stage
    CROSS JOIN quarter
    LEFT JOIN scoring.forecast_totals AS total
        ON total.is_headline AND total.horizon = 'quarter' AND total.forecast_date = quarter.as_of
)
