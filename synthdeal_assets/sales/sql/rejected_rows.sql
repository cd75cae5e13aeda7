INSERT INTO {{ rejected }} BY NAME
WITH {% include 'cells.sql' %},
sums AS (
    SELECT source_file, source_row, sum(coalesce(amount, 0)) AS amount, sum(coalesce(units, 0)) AS quantity
    FROM cells
    SEMI JOIN bad_rows USING (source_file, source_row)
    GROUP BY source_file, source_row
)
SELECT
    bad_rows.source_file,
    bad_rows.source_row,
    '' AS column_name,
    reason,
    value,
    coalesce(amount, 0) AS amount,
    coalesce(quantity, 0) AS quantity
FROM bad_rows
LEFT JOIN sums USING (source_file, source_row)
ORDER BY source_file, source_row
