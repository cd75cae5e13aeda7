-- rule: amount and what came
WITH counted AS (
    SELECT
        forecast_date,
        way,
        horizon,
        count(*) AS deals,
        sum(forecasts.amount * CASE horizon
            WHEN 'end' THEN chance
            WHEN '90 days' THEN chance_90_days
            ELSE chance_in_quarter
        END) AS amount,
        coalesce(sum(forecasts.amount) FILTER (
            WHERE deals.is_closed AND deals.is_won AND (horizon = 'end' OR deals.close_date <= last_day)
        ), 0) AS won
    FROM scoring.forecasts AS forecasts
    JOIN crm.opportunities AS deals USING (opportunity_id)
    CROSS JOIN (SELECT unnest(['end', '90 days', 'quarter']) AS horizon)
    CROSS JOIN LATERAL (SELECT CASE horizon
        WHEN '90 days' THEN forecast_date + 90
        WHEN 'quarter' THEN (date_trunc('quarter', forecast_date) + INTERVAL 3 MONTH)::DATE - 1
    END AS last_day)
    GROUP BY ALL
)
SELECT forecast_date, way, horizon, totals.deals, counted.deals AS rows, totals.amount, counted.amount AS added_up, actual, won
FROM scoring.forecast_totals AS totals FULL JOIN counted USING (forecast_date, way, horizon)
WHERE totals.deals IS DISTINCT FROM counted.deals
    OR totals.amount IS NULL
    OR abs(totals.amount - counted.amount) > 0.01 * greatest(1, counted.deals)
    OR abs(actual - won) > 0.01 * greatest(1, counted.deals)

-- rule: one way heads
SELECT forecast_date, horizon, count(*) FILTER (WHERE is_headline) AS heads
FROM scoring.forecast_totals
JOIN crm.world ON forecast_date = as_of
GROUP BY forecast_date, horizon
HAVING heads <> 1
