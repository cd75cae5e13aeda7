-- How the dates of each source are written: for each shape, how many rows can be read at all, only with the day
-- first, only with the month first, and otherwise either way.
SELECT
    source_file,
    CASE WHEN as_told IS NOT NULL THEN 'told' ELSE shape END AS shape,
    CAST(sum(n) AS BIGINT) AS row_count,
    CAST(coalesce(sum(n) FILTER (as_told IS NULL AND day_first IS NOT NULL AND month_first IS NULL), 0) AS BIGINT) AS only_day_first,
    CAST(coalesce(sum(n) FILTER (as_told IS NULL AND day_first IS NULL AND month_first IS NOT NULL), 0) AS BIGINT) AS only_month_first,
    CAST(coalesce(sum(n) FILTER (as_told IS NULL AND day_first <> month_first), 0) AS BIGINT) AS either,
    arg_min(raw, first_row) FILTER (as_told IS NULL AND day_first IS NOT NULL AND month_first IS NULL) AS example_day_first,
    min(first_row) FILTER (as_told IS NULL AND day_first IS NOT NULL AND month_first IS NULL) AS row_day_first,
    arg_min(raw, first_row) FILTER (as_told IS NULL AND day_first IS NULL AND month_first IS NOT NULL) AS example_month_first,
    min(first_row) FILTER (as_told IS NULL AND day_first IS NULL AND month_first IS NOT NULL) AS row_month_first,
    arg_min(raw, first_row) FILTER (as_told IS NULL AND day_first <> month_first) AS example_either,
    min(first_row) FILTER (as_told IS NULL AND day_first <> month_first) AS row_either
FROM date_texts
WHERE as_told IS NOT NULL OR as_written IS NOT NULL OR day_first IS NOT NULL OR month_first IS NOT NULL
GROUP BY ALL
ORDER BY source_file, shape
