INSERT INTO bad_rows
SELECT
    log.source_file,
    log.source_row,
    CASE
        WHEN ids.customer_id IS NULL AND none_if_blank(log.raw_id) IS NOT NULL THEN 'customer id cut short'
        WHEN ids.customer_id IS NULL THEN 'no customer id'
        WHEN dates.is_blank THEN 'no date'
        WHEN dates.is_far_off THEN 'date far from all others'
        ELSE 'date not understood'
    END,
    CASE
        WHEN ids.customer_id IS NULL THEN left(none_if_blank(log.raw_id), 1000)
        WHEN NOT dates.is_blank THEN left(dates.raw, 1000)
    END,
    ids.customer_id IS NULL AND dates.is_blank AND log.is_empty
FROM (
    {# By themselves first: a log may call its columns as ids and dates call theirs. #}
    SELECT
        source_file,
        source_row,
        coalesce({{ customer_id }}, '') AS raw_id,
        coalesce({{ order_date }}, '') AS raw_date,
        coalesce({{ filled | join(', ') }}) IS NULL AS is_empty
    FROM {{ log }} AS log
) AS log
JOIN ids ON ids.source_file = log.source_file AND ids.raw = log.raw_id
JOIN dates ON dates.source_file = log.source_file AND dates.raw = log.raw_date
WHERE ids.customer_id IS NULL OR dates.order_date IS NULL
