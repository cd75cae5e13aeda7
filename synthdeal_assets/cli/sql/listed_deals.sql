-- The first deals of the report's lists, one row a figure. Parameter: most (deals of each list).
SELECT
    split_part(figure_id, '.', 1) AS list_name,
    split_part(figure_id, '.', 2)::INTEGER AS place,
    split_part(figure_id, '.', 3) AS item,
    value,
    text_value
FROM report.figures
WHERE split_part(figure_id, '.', 1) IN ('top_deals', 'need_you')
    AND try_cast(split_part(figure_id, '.', 2) AS INTEGER) <= $most
