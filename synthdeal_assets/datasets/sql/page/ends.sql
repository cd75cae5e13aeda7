-- Without the ends of what is skewed, which would leave one bar for all the rest.
SELECT
    rows,
    number,
    coalesce(greatest(ends[1], ends[2] - 6 * (ends[3] - ends[2])), 0) AS low,
    coalesce(least(ends[4], ends[3] + 6 * (ends[3] - ends[2])), 0) AS high,
    few
FROM (
    SELECT
        count(*) AS rows,
        count(value) AS number,
        quantile_disc(value, [0.005, 0.25, 0.75, 0.995]) AS ends,
        approx_count_distinct(value) <= 200 AND bool_and(value = floor(value)) AS few
    FROM (SELECT {{ value }} AS value FROM looked_at)
)
