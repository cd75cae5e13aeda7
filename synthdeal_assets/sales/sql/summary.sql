SELECT
    coalesce((SELECT bool_or(source_kind = 'synthetic') FROM sales.log_files), false) AS is_synthetic,
    coalesce((SELECT bool_or(is_proposed) FROM sales.product_map), false) AS is_proposed,
    (SELECT count(*) FROM sales.log_files) AS sources,
    (SELECT CAST(coalesce(sum(row_count), 0) AS BIGINT) FROM sales.log_files) AS rows,
    (SELECT count(*) FROM sales.customers) AS customers,
    (SELECT count(*) FROM sales.product_map) AS products,
    (SELECT count(DISTINCT division) FROM sales.product_map) AS divisions,
    count(*) FILTER (NOT is_holdout) AS transactions,
    count(*) FILTER (is_holdout) AS holdout_transactions,
    CAST(coalesce(sum(amount), 0) AS DOUBLE) AS amount,
    CAST(coalesce(sum(quantity), 0) AS DOUBLE) AS quantity
FROM sales.fact_transactions
