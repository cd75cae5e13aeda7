-- The quarter of the world's day: what sellers are to win in it, what they have won, and the last forecast. Renewals are
-- part of none of them.
WITH quarter AS (
    SELECT
        as_of,
        date_trunc('quarter', as_of)::DATE AS quarter_start,
        (quarter_start + INTERVAL 3 MONTH)::DATE AS next_start
    FROM crm.world
),
seller AS (
    SELECT quota.amount AS quota, coalesce(sum(deal.amount), 0) AS won
    FROM quarter
    JOIN crm.quotas AS quota USING (quarter_start)
    LEFT JOIN crm.opportunities AS deal
        ON owner_id = user_id AND is_won AND type <> 'Existing Customer - Renewal'
        AND deal.close_date BETWEEN quarter_start AND as_of
    WHERE role = {{ seller | literal }}
    GROUP BY user_id, quota.amount
),
forecast AS (
    SELECT
        snapshot_date,
        sum(commit_amount) AS commit_amount,
        sum(best_case_amount) AS best_case_amount,
        sum(pipeline_amount) AS pipeline_amount
    FROM quarter JOIN crm.forecast_snapshots USING (quarter_start)
    GROUP BY snapshot_date
    ORDER BY snapshot_date DESC
    LIMIT 1
)
SELECT
    year(quarter_start) || ' Q' || quarter(quarter_start) AS name,
    as_of - quarter_start + 1 AS day,
    next_start - quarter_start AS days,
    sum(quota) AS quota,
    sum(won) AS won,
    count(*) AS sellers,
    count(*) FILTER (WHERE won >= quota) AS reached,
    any_value(forecast.snapshot_date) AS snapshot_date,
    any_value(commit_amount) AS commit_amount,
    any_value(best_case_amount) AS best_case_amount,
    any_value(pipeline_amount) AS pipeline_amount
FROM seller CROSS JOIN quarter LEFT JOIN forecast ON true
GROUP BY as_of, quarter_start, next_start
