-- Rows of the documents that have one of the states.
INSERT INTO no_sales
SELECT log.source_file, log.source_row, 'document that is no sale', {{ status }}
FROM {{ log }} AS log
WHERE {{ status }} IN {{ values | texts }}
