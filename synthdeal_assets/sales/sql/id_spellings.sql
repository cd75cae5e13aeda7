-- For each source: whether its ids of digits look like numbers, and how many numbers it spells in several ways.
SELECT
    source_file,
    coalesce(bool_and(number = regexp_extract(id, '[0-9]+')) FILTER (number IS NOT NULL), false)
        AS looks_numeric,
    count(DISTINCT id) FILTER (number IS NOT NULL) - count(DISTINCT number) AS spelled_apart,
    min(id) FILTER (starts_with(id, '0') AND number <> '0') AS example_with_zeros
FROM id_texts
GROUP BY source_file
ORDER BY source_file
