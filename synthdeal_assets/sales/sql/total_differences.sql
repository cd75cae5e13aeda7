-- Sources and products whose money or units in the log are not those of the transactions and the rejected rows.
WITH in_log AS (
    SELECT
        source_file,
        coalesce(product, '') AS product,
        CASE column_role WHEN 'quantity' THEN 'quantity' ELSE 'money' END AS kind,
        sum(coalesce(column_totals.total, 0)) - sum(coalesce(rejected_totals.total, 0)) AS total
    FROM {{ log_columns }} AS log_columns
    LEFT JOIN column_totals USING (source_file, stored_name)
    LEFT JOIN rejected_totals USING (source_file, stored_name)
    WHERE column_role IN ('money', 'unit_price', 'quantity')
    GROUP BY ALL
),
long_sources AS (
    SELECT DISTINCT source_file FROM {{ log_columns }} WHERE column_role = 'product'
),
made AS (
    SELECT
        source_file,
        CASE WHEN source_file IN (FROM long_sources) THEN '' ELSE product END AS product,
        sum(amount) AS money,
        sum(coalesce(quantity, 0)) AS quantity
    FROM {{ fact }}
    GROUP BY ALL
    UNION ALL
    SELECT source_file, coalesce(product, ''), sum(amount), sum(quantity)
    FROM {{ rejected }} AS rejected
    LEFT JOIN {{ log_columns }} AS log_columns USING (source_file, column_name)
    WHERE column_name <> ''
    GROUP BY ALL
),
out_of_etl AS (
    UNPIVOT (SELECT source_file, product, sum(money) AS money, sum(quantity) AS quantity FROM made GROUP BY ALL)
    ON money, quantity INTO NAME kind VALUE total
),
by_product AS (
    SELECT
        source_file,
        product,
        kind,
        coalesce(in_log.total, 0) AS in_log,
        coalesce(out_of_etl.total, 0) AS in_transactions_and_rejected
    FROM in_log
    FULL JOIN out_of_etl USING (source_file, product, kind)
),
in_rejected_rows AS (
    SELECT
        source_file,
        CASE column_role WHEN 'quantity' THEN 'quantity' ELSE 'money' END AS kind,
        sum(rejected_totals.total) AS total
    FROM rejected_totals
    JOIN {{ log_columns }} AS log_columns USING (source_file, stored_name)
    GROUP BY ALL
),
rejected_as_rows AS (
    UNPIVOT (
        SELECT source_file, sum(amount) AS money, sum(quantity) AS quantity
        FROM {{ rejected }}
        WHERE column_name = ''
        GROUP BY source_file
    )
    ON money, quantity INTO NAME kind VALUE total
),
by_rejected_rows AS (
    SELECT
        source_file,
        '(rejected rows)' AS product,
        kind,
        coalesce(in_rejected_rows.total, 0) AS in_log,
        coalesce(rejected_as_rows.total, 0) AS in_transactions_and_rejected
    FROM in_rejected_rows
    FULL JOIN rejected_as_rows USING (source_file, kind)
),
by_rows AS (
    SELECT
        coalesce(log_files.source_file, counted.source_file) AS source_file,
        '(rows)' AS product,
        'rows' AS kind,
        coalesce(counted.row_count, 0) AS in_log,
        coalesce(log_files.row_count, 0) AS in_transactions_and_rejected
    FROM {{ log_files }} AS log_files
    FULL JOIN (SELECT source_file, count(*) AS row_count FROM {{ log }} GROUP BY source_file) AS counted
        ON counted.source_file = log_files.source_file
)
SELECT *
FROM (FROM by_product UNION ALL FROM by_rejected_rows UNION ALL FROM by_rows)
WHERE in_log <> in_transactions_and_rejected
ORDER BY ALL
