-- The quarter of the earlier report if it is over, in place of the running one.
WITH quarter AS (
    SELECT
        date_trunc('quarter', report.as_of)::DATE AS first_day,
        (date_trunc('quarter', report.as_of) + INTERVAL 3 MONTH)::DATE - 1 AS last_day
    FROM report.executive_reports AS report
    CROSS JOIN crm.world AS world
    WHERE report.report_id = {{ report_id | literal }} AND last_day < world.as_of
)
