-- What the forecast says of each deal on each day: with all that is learnt, and by the stage alone. NULL on a day on which
-- too little was known for it.
SELECT
    opportunity_id,
    forecast_date AS landmark_date,
    max(chance) FILTER (WHERE way = {{ learnt | literal }}) AS chance,
    max(chance) FILTER (WHERE way = {{ stage_rates | literal }}) AS stage_rate
FROM scoring.forecasts
GROUP BY opportunity_id, forecast_date
