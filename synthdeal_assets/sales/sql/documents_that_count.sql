-- Of what takes others back, kinds that are never above nothing are returns.
DELETE FROM no_sales
WHERE reason = 'document that is no sale' AND value IN {{ back | texts }} AND value IN (
    SELECT value
    FROM no_sales
    JOIN sums_of_rows USING (source_file, source_row)
    WHERE reason = 'document that is no sale'
    GROUP BY value
    HAVING max(sums_of_rows.amount) <= 0 AND max(sums_of_rows.quantity) <= 0
        OR max(sums_of_rows.amount) < 0
)
