INSERT INTO {{ log_files }} BY NAME
SELECT described.* EXCLUDE (position), days.first_order_date, days.last_order_date
FROM described_files AS described
LEFT JOIN (
    SELECT source_file, min(order_date) AS first_order_date, max(order_date) AS last_order_date
    FROM {{ fact }}
    GROUP BY source_file
) AS days USING (source_file)
ORDER BY position
