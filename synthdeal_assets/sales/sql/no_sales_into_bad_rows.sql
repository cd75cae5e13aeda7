-- A row that is no sale is called so, whatever else it lacks. What is blank in all its amounts stays blank.
DELETE FROM no_sales
WHERE (source_file, source_row) IN (SELECT (source_file, source_row) FROM bad_rows WHERE is_blank_row);
DELETE FROM bad_rows WHERE (source_file, source_row) IN (SELECT (source_file, source_row) FROM no_sales);
INSERT INTO bad_rows
SELECT source_file, source_row, first(reason ORDER BY rowid), left(first(value ORDER BY rowid), 1000), false
FROM no_sales
GROUP BY source_file, source_row;
