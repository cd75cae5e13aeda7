-- The chance of each open deal that the report goes by: that of the forecast that leads, else that of its stage.
forecast_chances AS (
    SELECT forecast.opportunity_id, forecast.chance, forecast.chance_in_quarter
    FROM scoring.forecasts AS forecast
    INNER JOIN crm.world AS world ON forecast.forecast_date = world.as_of
    WHERE forecast.way IN (
        SELECT total.way
        FROM scoring.forecast_totals AS total
        WHERE total.is_headline AND total.horizon = 'end' AND total.forecast_date = world.as_of
    )
),
chances AS (
    SELECT
        deal.opportunity_id,
        coalesce(forecast_chances.chance, deal.probability / 100) AS chance,
        forecast_chances.chance IS NOT NULL AS is_learnt,
        coalesce(forecast_chances.chance_in_quarter, deal.probability / 100) AS chance_in_quarter
    FROM {{ new_business }} AS deal
    LEFT JOIN forecast_chances USING (opportunity_id)
    WHERE NOT deal.is_closed
)
