-- Rows with what was understood in them, then cells, then lines of text files that are no rows; the units of a
-- rejected row are already in its own line.
INSERT INTO {{ rejected }} BY NAME
SELECT
    source_file,
    source_row,
    '' AS column_name,
    reason,
    value,
    coalesce(sums.amount, 0) AS amount,
    coalesce(sums.quantity, 0) AS quantity
FROM bad_rows
LEFT JOIN (
    SELECT source_file, source_row, sum(amount) AS amount, sum(quantity) AS quantity FROM sums_of_bad_rows GROUP BY ALL
) AS sums USING (source_file, source_row)
UNION ALL BY NAME
SELECT
    bad_cells.source_file,
    bad_cells.source_row,
    log_columns.column_name,
    bad_cells.reason,
    bad_cells.value,
    0 AS amount,
    CASE WHEN bad_rows.reason IS NULL THEN bad_cells.quantity ELSE 0 END AS quantity
FROM bad_cells
JOIN {{ log_columns }} AS log_columns USING (source_file, stored_name)
LEFT JOIN bad_rows ON bad_rows.source_file = bad_cells.source_file AND bad_rows.source_row = bad_cells.source_row
UNION ALL BY NAME
SELECT
    source_file,
    line AS source_row,
    {{ line | text }} AS column_name,
    {{ no_row | text }} AS reason,
    text AS value,
    0 AS amount,
    0 AS quantity
FROM lines_that_are_no_rows
ORDER BY source_file, source_row, column_name
