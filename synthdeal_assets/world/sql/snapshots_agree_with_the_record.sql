-- rule: of another day than a Friday of the quarter up to the world's day
SELECT snapshot_date, user_id, quarter_start, as_of
FROM crm.forecast_snapshots CROSS JOIN crm.world
WHERE isodow(snapshot_date) <> 5 OR quarter_start <> date_trunc('quarter', snapshot_date) OR snapshot_date > as_of

-- rule: closed is not what was won in the quarter by then
WITH snapshot AS (
    SELECT snapshot_date, quarter_start, sum(closed_amount::DECIMAL(18, 2)) AS closed
    FROM crm.forecast_snapshots
    GROUP BY snapshot_date, quarter_start
)
SELECT snapshot_date, closed, coalesce(sum(amount::DECIMAL(18, 2)), 0) AS won
FROM snapshot
LEFT JOIN crm.opportunities
    ON is_won AND type <> 'Existing Customer - Renewal' AND close_date BETWEEN quarter_start AND snapshot_date
GROUP BY snapshot_date, closed
HAVING closed <> won

-- rule: today's is not what the open deals show
SELECT
    snapshot_date,
    user_id,
{% for category in ("Commit", "Best Case", "Pipeline") %}
    coalesce(sum(amount::DECIMAL(18, 2)) FILTER (WHERE forecast_category = {{ category | literal }}), 0)
        AS shown_{{ loop.index }},
{% endfor %}
    commit_amount, best_case_amount, pipeline_amount
FROM crm.forecast_snapshots
JOIN crm.world ON snapshot_date = as_of
LEFT JOIN crm.opportunities
    ON owner_id = user_id AND NOT is_closed AND type <> 'Existing Customer - Renewal'
    AND date_trunc('quarter', close_date) = quarter_start
GROUP BY snapshot_date, user_id, commit_amount, best_case_amount, pipeline_amount
HAVING (shown_1, shown_2, shown_3) <> (commit_amount, best_case_amount, pipeline_amount)
