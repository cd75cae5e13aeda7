-- The signs and codes of currencies beside the digits of each column, by source.
SELECT
    source_file,
    {% for text in texts %}
    list_sort(list_distinct(list_filter(
        list_transform(
            list(DISTINCT translate({{ text }}, '0123456789.,-() ', '')) FILTER (WHERE {{ text }} <> ''),
            lambda beside: regexp_extract(tidy_amount(beside), {{ pattern | text }})
        ),
        lambda sign: sign <> ''
    ))){{ ',' if not loop.last }}
    {% endfor %}
FROM {{ log }} AS log
GROUP BY source_file
ORDER BY source_file
