-- What each seller had won and expected to win in a quarter, at the end of each of its Fridays: from the histories alone.
-- Earlier quarters are left out: some of what was won in them is no longer on record. So are renewals, which are part of
-- no quota.
INSERT INTO {{ forecast_snapshots }} BY NAME
WITH friday AS (
    SELECT day::DATE AS snapshot_date, date_trunc('quarter', day)::DATE AS quarter_start
    FROM {{ world }}, generate_series(
        date_trunc('quarter', as_of - {{ complete_days + 1 }}) + INTERVAL 3 MONTH, as_of, INTERVAL 1 DAY
    ) AS days (day)
    WHERE isodow(day) = 5
),
{% include "team_over_time.sql" %},
-- Of several entries on one day the last one is the state of affairs: the others hold for no day.
state AS (
    SELECT
        opportunity_id,
        CASE stage_name
{% for stage, category in forecast_categories.items() %}
            WHEN {{ stage | literal }} THEN {{ category | literal }}
{% endfor %}
        END AS forecast_category,
        -- To the cent, so that a sum does not hang on the order of the rows.
        amount::DECIMAL(18, 2) AS amount,
        date_trunc('quarter', close_date)::DATE AS quarter_start,
        entered_date,
        lead(entered_date, 1, 'infinity'::DATE) OVER (PARTITION BY opportunity_id ORDER BY sequence) AS next_date
    FROM {{ stages }} SEMI JOIN (FROM {{ opportunities }} WHERE type <> 'Existing Customer - Renewal') USING (opportunity_id)
),
deal AS (
    SELECT snapshot_date, owner_id AS user_id, forecast_category, amount
    FROM state
    JOIN friday USING (quarter_start)
    JOIN ownership USING (opportunity_id)
    WHERE entered_date <= snapshot_date AND snapshot_date < next_date
        AND ownership.since <= snapshot_date AND snapshot_date < ownership.until
)
SELECT
    snapshot_date,
    user_id,
    quarter_start,
{% for category in ("Commit", "Best Case", "Pipeline", "Closed") %}
    coalesce(sum(amount) FILTER (WHERE forecast_category = {{ category | literal }}), 0)
        AS {{ category | lower | replace(" ", "_") }}_amount,
{% endfor %}
FROM friday
-- Whoever left within the quarter stays in it with what they had won.
JOIN member ON member.since <= snapshot_date AND quarter_start < member.until
LEFT JOIN deal USING (snapshot_date, user_id)
WHERE role = {{ seller | literal }}
GROUP BY snapshot_date, quarter_start, user_id
ORDER BY snapshot_date, user_id
