SELECT
    (SELECT count(*) FROM {{ log }}) AS row_count,
    (SELECT count(*) FROM bad_rows WHERE is_blank_row) AS blank_rows,
    (
        SELECT count(*)
        FROM (
            SELECT source_file, source_row FROM bad_rows
            WHERE NOT is_blank_row AND reason IN ('no customer id', 'customer id cut short', 'no date', 'date not understood')
            UNION
            SELECT source_file, source_row FROM bad_cells
        )
    ) AS bad
