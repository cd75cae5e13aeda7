CREATE OR REPLACE TEMP TABLE dates AS
SELECT
    source_file, raw, n, first_row, is_blank,
    false AS is_far_off,
    coalesce(as_told, as_written, CASE WHEN month_first_is_meant THEN month_first ELSE day_first END) AS order_date
FROM date_texts
LEFT JOIN (SELECT source_file, month_first AS month_first_is_meant FROM date_orders) USING (source_file)
