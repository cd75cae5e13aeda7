-- Rows of buyers who are nobody. A customer 0 is one where customers 1 to 9 are none: else it may be the first of them.
INSERT INTO no_sales
WITH nobodies AS (
    SELECT source_file, raw, customer_id
    FROM ids
    WHERE (
        (strlen(raw) < 40 AND folded_cell(raw) IN {{ nobody | texts }})
        OR (
            regexp_full_match(trim(raw), '0+([.,]0+)?')
            AND NOT EXISTS (FROM ids AS others WHERE regexp_full_match(trim(others.raw), '0*[1-9]([.,]0+)?'))
            AND EXISTS (FROM ids AS others WHERE regexp_full_match(trim(others.raw), '0*[1-9][0-9]+([.,]0+)?'))
        )
        OR regexp_full_match(trim(raw), '[-?.#*x/–—]+')
    )
    AND trim(raw) NOT IN {{ counted | texts }}
)
SELECT log.source_file, log.source_row, 'buyer is nobody', nobodies.raw
FROM {{ log }} AS log
JOIN nobodies ON nobodies.source_file = log.source_file AND nobodies.raw = coalesce({{ customer_id }}, '')
{% if customer_name %}
UNION ALL
SELECT log.source_file, log.source_row, 'buyer is nobody', {{ customer_name }}
FROM {{ log }} AS log
JOIN (
    SELECT written FROM (SELECT DISTINCT {{ customer_name }} AS written FROM {{ log }} AS log)
    WHERE strlen(written) < 60 AND folded_cell(written) IN {{ nobody_by_name | texts }}
        AND trim(written) NOT IN {{ counted | texts }}
) ON written = {{ customer_name }}
WHERE coalesce(trim({{ customer_id }}), '') NOT IN {{ counted | texts }}
{% endif %}
