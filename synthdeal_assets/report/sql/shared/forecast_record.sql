WITH leading_way AS (
    SELECT any_value(total.way) AS way
    FROM scoring.forecast_totals AS total
    INNER JOIN crm.world AS world ON total.forecast_date = world.as_of
    WHERE total.is_headline AND total.horizon = 'end'
),
forecast_record AS (
    SELECT total.*
    FROM scoring.forecast_totals AS total
    INNER JOIN crm.world AS world ON total.forecast_date < world.as_of
    WHERE total.horizon = '90 days' AND total.actual IS NOT NULL
)
