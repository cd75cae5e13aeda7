WITH specified AS (
    SELECT name, max(version) AS version, max_by(created_at, version) AS created_at
    FROM datasets.specs
    GROUP BY name
),
made AS (
    SELECT dataset, version, count(*) AS tables, sum(rows) AS rows, sum(bytes) AS bytes, max(created_at) AS created_at
    FROM datasets.tables
    GROUP BY dataset, version
    QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY version DESC) = 1
),
recounted AS (
    SELECT dataset, version, count(*) AS promises, count(*) FILTER (WHERE held) AS held
    FROM datasets.promises
    GROUP BY dataset, version
)
SELECT
    specified.name,
    coalesce(made.version, specified.version)::BIGINT AS version,
    coalesce(made.tables, 0)::BIGINT AS tables,
    coalesce(made.rows, 0)::BIGINT AS rows,
    coalesce(made.bytes, 0)::BIGINT AS bytes,
    coalesce(recounted.promises, 0)::BIGINT AS promises,
    coalesce(recounted.held, 0)::BIGINT AS held,
    coalesce(made.created_at, specified.created_at) AS created_at
FROM specified
LEFT JOIN made ON made.dataset = specified.name
LEFT JOIN recounted ON recounted.dataset = made.dataset AND recounted.version = made.version
ORDER BY specified.name
