-- rule: chance of the rates by stage
-- Counted anew: of the deals that were known to have closed by the day, each weighted by one over the share of all deals
-- that were seen early enough to know; and five deals of the rate of all stages are added to each stage.
WITH seen AS (
    SELECT
        record.landmark_date,
        record.stage_name,
        if(deals.is_closed, deals.close_date, NULL) AS closed_on,
        deals.is_won
    FROM crm.landmarks AS record
    JOIN (SELECT DISTINCT opportunity_id, landmark_date FROM scoring.landmark_scores WHERE scorer = 'heuristic')
        USING (opportunity_id, landmark_date)
    JOIN crm.opportunities AS deals USING (opportunity_id)
),
past AS (
    SELECT DISTINCT forecast_date FROM scoring.forecasts JOIN crm.world ON forecast_date < as_of
),
on_day AS (
    SELECT landmark_date, count(*) AS deals FROM seen GROUP BY landmark_date
),
known AS (
    SELECT forecast_date, landmark_date, stage_name, closed_on - landmark_date AS lasted, is_won, count(*) AS deals
    FROM past JOIN seen ON closed_on <= forecast_date
    GROUP BY ALL
),
seen_too_late AS (
    SELECT
        forecast_date,
        known.landmark_date,
        stage_name,
        is_won,
        lasted,
        known.deals,
        coalesce(sum(on_day.deals) FILTER (WHERE forecast_date - on_day.landmark_date < lasted), 0) AS young,
        sum(on_day.deals) AS all_deals
    FROM known JOIN on_day ON on_day.landmark_date < forecast_date
    GROUP BY ALL
),
weighted AS (
    SELECT *, deals / greatest(1 - young / all_deals, 0.08) AS weight FROM seen_too_late
),
overall AS (
    SELECT forecast_date, sum(weight) FILTER (WHERE is_won) / sum(weight) AS rate FROM weighted GROUP BY forecast_date
),
by_stage AS (
    SELECT
        forecast_date,
        stage_name,
        coalesce(sum(weight) FILTER (WHERE is_won), 0) AS won,
        sum(weight) AS deals
    FROM weighted
    GROUP BY forecast_date, stage_name
)
SELECT
    forecasts.forecast_date,
    forecasts.opportunity_id,
    forecasts.chance,
    (coalesce(by_stage.won, 0) + 5 * overall.rate) / (coalesce(by_stage.deals, 0) + 5) AS counted_anew
FROM scoring.forecasts AS forecasts
JOIN overall USING (forecast_date)
JOIN crm.landmarks AS record
    ON record.opportunity_id = forecasts.opportunity_id AND record.landmark_date = forecasts.forecast_date
LEFT JOIN by_stage ON by_stage.forecast_date = forecasts.forecast_date AND by_stage.stage_name = record.stage_name
WHERE forecasts.way = 'stage rates' AND abs(forecasts.chance - counted_anew) > 0.0001
