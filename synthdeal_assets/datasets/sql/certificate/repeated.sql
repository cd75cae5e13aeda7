-- Rows beyond the first with the same values, and five of these values.
WITH _repeated AS (
    SELECT concat_ws(', ', {{ fields | join(', ') }}) AS repeated, count(*) - 1 AS further
    FROM {{ table }}
    WHERE {{ fields | join(' IS NOT NULL AND ') }} IS NOT NULL
    GROUP BY {{ fields | join(', ') }}
    HAVING count(*) > 1
)
SELECT coalesce(sum(further), 0)::BIGINT AS against, min(repeated, 5) AS keys
FROM _repeated
