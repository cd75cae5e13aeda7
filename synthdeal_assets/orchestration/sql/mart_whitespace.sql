CREATE VIEW mart.whitespace AS
WITH sales_log AS (
    SELECT count(*) > 0 AS is_synthetic FROM sales.log_files WHERE source_kind = {{ synthetic | literal }}
)
SELECT
    {{ columns }}
FROM whitespace.whitespace
INNER JOIN whitespace.cutoffs ON cutoffs.cutoff_date = whitespace.cutoff_date
CROSS JOIN sales_log
WHERE whitespace.is_current
