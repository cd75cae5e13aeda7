-- Currencies by the number of their rows, and what those come to; in the end the source and the row of the first one.
SELECT
    currency,
    count(DISTINCT (source_file, source_row)),
    CAST(coalesce(sum(amount), 0) AS DOUBLE),
    min((source_file, source_row))[1],
    min((source_file, source_row))[2]
FROM row_currencies
LEFT JOIN sums_of_rows USING (source_file, source_row)
GROUP BY currency
ORDER BY count(DISTINCT (source_file, source_row)) DESC, currency DESC
