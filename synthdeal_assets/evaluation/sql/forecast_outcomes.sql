-- What each way said of deals on past days, what came, and the exact chance: read only to say how good the ways are.
SELECT
    forecasts.forecast_date,
    forecasts.opportunity_id,
    forecasts.way,
    forecasts.chance,
    forecasts.chance_90_days,
    forecasts.chance_in_quarter,
    forecasts.amount,
    coalesce(deals.is_closed AND deals.is_won, false) AS won,
    won AND deals.close_date <= forecasts.forecast_date + 90 AS won_90_days,
    won AND date_trunc('quarter', deals.close_date) = date_trunc('quarter', forecasts.forecast_date) AS won_in_quarter,
    truth.win_probability AS exact_chance
FROM scoring.forecasts AS forecasts
JOIN crm.opportunities AS deals USING (opportunity_id)
JOIN truth.landmarks AS truth
    ON truth.opportunity_id = forecasts.opportunity_id AND truth.landmark_date = forecasts.forecast_date
ORDER BY forecasts.forecast_date, forecasts.opportunity_id, forecasts.way
