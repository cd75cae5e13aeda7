INSERT INTO bad_rows
SELECT
    log.source_file,
    log.source_row,
    CASE
        WHEN ids.customer_id IS NULL THEN 'no customer id'
        WHEN dates.is_blank THEN 'no date'
        ELSE 'date not understood'
    END,
    CASE WHEN ids.customer_id IS NOT NULL AND NOT dates.is_blank THEN left(dates.raw, 1000) END,
    ids.customer_id IS NULL AND dates.is_blank AND coalesce({{ filled | join(', ') }}) IS NULL
FROM {{ log }} AS log
JOIN ids ON ids.source_file = log.source_file AND ids.raw = coalesce({{ customer_id }}, '')
JOIN dates ON dates.source_file = log.source_file AND dates.raw = coalesce({{ order_date }}, '')
WHERE ids.customer_id IS NULL OR dates.order_date IS NULL
