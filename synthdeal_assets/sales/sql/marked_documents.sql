-- Rows in which a mark, a day or a reason says that the document was cancelled. Systems write some days for none.
INSERT INTO no_sales
SELECT source_file, source_row, 'document that is no sale', {{ said | text }}
FROM (SELECT log.source_file, log.source_row, lower(rtrim(trim({{ cancelled }}), '.')) AS mark FROM {{ log }} AS log)
WHERE mark NOT IN {{ no_marks | texts }} AND folded_cell(mark) NOT IN {{ no_marks | texts }} AND none_if_blank(mark) IS NOT NULL
    AND NOT regexp_matches(mark, '^(0+[^a-z]*$|0000|0001-|1753-|1899-|1900-|0?1[./]0?1[./](0001|1753|1900))')
