-- The correlation of middle ranks, and how many rows of their own the other field stands for.
WITH _pairs AS (
    SELECT {{ mine }} AS mine, {{ other }} AS other, {{ owner }} AS owner
    FROM {{ rows }}
    WHERE {{ mine }} IS NOT NULL AND {{ other }} IS NOT NULL
), _ranked AS (
    SELECT
        (rank() OVER (ORDER BY mine) + cume_dist() OVER (ORDER BY mine) * count(*) OVER ()) / 2 AS mine,
        (rank() OVER (ORDER BY other) + cume_dist() OVER (ORDER BY other) * count(*) OVER ()) / 2 AS other
    FROM _pairs
), _owners AS (
    SELECT count(*)::DOUBLE AS number FROM _pairs GROUP BY owner
)
SELECT
    corr(mine, other) AS found,
    count(*) AS number,
    (SELECT coalesce(sum(number) ** 2 / sum(number ** 2), 0) FROM _owners) AS effective,
    coalesce(12 * var_pop(mine) / count(*) ** 2, 1) AS untied_mine,
    coalesce(12 * var_pop(other) / count(*) ** 2, 1) AS untied_other
FROM _ranked
