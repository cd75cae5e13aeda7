-- Rows that are no sales, by reason and what is written there, those that come to most first.
SELECT
    reason,
    coalesce(trim(value), '') AS value,
    count(DISTINCT (source_file, source_row)) AS row_count,
    CAST(coalesce(sum(amount), 0) AS DOUBLE) AS amount
FROM bad_rows
LEFT JOIN sums_of_bad_rows USING (source_file, source_row)
WHERE reason IN {{ reasons | texts }}
GROUP BY ALL
ORDER BY abs(coalesce(sum(amount), 0)) DESC, value
