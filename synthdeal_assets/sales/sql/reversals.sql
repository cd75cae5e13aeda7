-- Rows below nothing that take back to the cent and the unit what a customer had bought in a row that does not count
-- any more because its document was cancelled: each takes back one, the first the first.
CREATE OR REPLACE TEMP TABLE reversals AS
WITH sides AS (
    SELECT
        log.source_file,
        log.source_row,
        no_sales.source_row IS NOT NULL AS is_cancelled,
        {{ customer_id }} AS customer_id,
        {{ product or 'NULL' }} AS product,
        abs(sums_of_rows.amount) AS amount,
        abs(coalesce(sums_of_rows.quantity, 0)) AS quantity,
        {{ is_back }} AS is_back
    FROM {{ log }} AS log
    JOIN sums_of_rows ON sums_of_rows.source_file = log.source_file AND sums_of_rows.source_row = log.source_row
    LEFT JOIN (
        SELECT DISTINCT source_file, source_row FROM no_sales WHERE reason = 'document that is no sale'
    ) AS no_sales ON no_sales.source_file = log.source_file AND no_sales.source_row = log.source_row
    WHERE (no_sales.source_row IS NULL AND sums_of_rows.amount < 0)
        OR (no_sales.source_row IS NOT NULL AND sums_of_rows.amount > 0)
),
numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY is_cancelled, customer_id, product, amount, quantity
            ORDER BY is_back DESC, source_file, source_row
        ) AS place
    FROM sides
)
SELECT
    back.source_file,
    back.source_row,
    back.is_back,
    (SELECT count(*) FROM sides WHERE is_cancelled) AS cancelled
FROM numbered AS back
JOIN numbered AS cancelled
    ON cancelled.is_cancelled
    AND cancelled.customer_id = back.customer_id
    AND cancelled.product IS NOT DISTINCT FROM back.product
    AND cancelled.amount = back.amount
    AND cancelled.quantity = back.quantity
    AND cancelled.place = back.place
WHERE NOT back.is_cancelled
