-- What is left of a series without its course: mean, mean square, and the correlation with the value before.
WITH _noise AS (
    SELECT {{ residual }} AS noise, {{ parent }} AS parent, {{ at }} AS instant
    FROM {{ rows }}
), _pairs AS (
    SELECT noise, lag(noise) OVER (PARTITION BY parent ORDER BY instant) AS before FROM _noise
)
SELECT
    count(noise) AS number,
    avg(noise) AS mean,
    avg(noise * noise) AS square,
    sum(noise * before) / nullif(sqrt(sum(noise * noise) FILTER (WHERE before IS NOT NULL)
        * sum(before * before) FILTER (WHERE noise IS NOT NULL)), 0) AS correlation
FROM _pairs
