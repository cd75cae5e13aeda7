-- The currency of each row that says one, as a code where it is known.
CREATE OR REPLACE TEMP TABLE row_currencies AS
WITH written AS (
    SELECT log.source_file, log.source_row, rtrim(upper(trim({{ currency }})), '.') AS currency
    FROM {{ log }} AS log
)
SELECT
    source_file,
    source_row,
    CASE currency{% for sign, code in codes.items() %} WHEN {{ sign | text }} THEN {{ code | text }}{% endfor %} ELSE currency END AS currency
FROM written
WHERE none_if_blank(currency) IS NOT NULL
