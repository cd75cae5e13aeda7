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
-- Deals are told by their row, because numbers sort and meet faster than identifiers.
numbered AS (
    SELECT rowid AS deal, opportunity_id FROM {{ opportunities }} WHERE type <> 'Existing Customer - Renewal'
),
-- Of several entries on one day the last one is the state of affairs: the others hold for no day.
entry AS (
    SELECT
        deal,
        stage_name,
        amount,
        date_trunc('quarter', close_date)::DATE AS quarter_start,
        entered_date,
        lead(entered_date, 1, 'infinity'::DATE) OVER (PARTITION BY deal ORDER BY sequence) AS next_date
    FROM {{ stages }} JOIN numbered USING (opportunity_id)
),
-- The Fridays of the quarter on which an entry holds, counted in weeks from the first one of 1970.
state AS (
    SELECT
        deal,
        CASE stage_name
{% for stage, category in forecast_categories.items() %}
            WHEN {{ stage | literal }} THEN {{ category | literal }}
{% endfor %}
        END AS forecast_category,
        -- To the cent, so that a sum does not hang on the order of the rows.
        amount::DECIMAL(18, 2) AS amount,
        (greatest(entered_date, quarter_start) - DATE '1970-01-02' + 6) // 7 AS first_week,
        (least(next_date, (quarter_start + INTERVAL 3 MONTH)::DATE, as_of + 1) - DATE '1970-01-02' + 6) // 7
            AS before_week
    FROM entry CROSS JOIN {{ world }}
    WHERE quarter_start >= (SELECT min(quarter_start) FROM friday)
),
expected AS (
    SELECT
        deal,
        forecast_category,
        amount,
        DATE '1970-01-02' + (7 * unnest(range(first_week, before_week)))::INTEGER AS snapshot_date
    FROM state
    WHERE first_week < before_week
),
owned AS (
    SELECT deal, ownership.* EXCLUDE (opportunity_id) FROM ownership JOIN numbered USING (opportunity_id)
),
deal AS (
    SELECT snapshot_date, owner_id AS user_id, forecast_category, amount
    FROM expected
    JOIN owned USING (deal)
    WHERE owned.since <= snapshot_date AND snapshot_date < owned.until
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
