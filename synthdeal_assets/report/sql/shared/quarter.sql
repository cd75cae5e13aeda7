WITH quarter AS (
    SELECT
        as_of,
        date_trunc('quarter', as_of)::DATE AS first_day,
        (date_trunc('quarter', as_of) + INTERVAL 3 MONTH)::DATE - 1 AS last_day
    FROM crm.world
)
