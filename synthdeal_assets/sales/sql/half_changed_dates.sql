-- Sources of which a spreadsheet took the dates that its own order of day and month allows, and left the others as text:
-- days 1 to 12 alone are dates, later ones alone are text. By chance eight different days are so once in 1,700.
SELECT
    source_file,
    arg_min(raw, first_row) FILTER (is_date) AS a_date,
    min(first_row) FILTER (is_date) AS date_row,
    arg_min(raw, first_row) FILTER (is_text) AS a_text,
    min(first_row) FILTER (is_text) AS text_row
FROM (
    SELECT
        *,
        shape IN ('year first', 'serial') AND as_written IS NOT NULL AS is_date,
        (day_first IS NULL) <> (month_first IS NULL) AS is_text
    FROM date_texts
    WHERE as_told IS NULL
)
GROUP BY source_file
HAVING max(day(as_written)) FILTER (is_date) <= 12
    AND count(DISTINCT as_written) FILTER (is_date) >= 8
    AND count(DISTINCT day(as_written)) FILTER (is_date) >= 4
    AND count(*) FILTER (is_text) >= 4
    AND NOT coalesce(bool_or(day_first IS NOT NULL AND month_first IS NOT NULL), false)
ORDER BY source_file
