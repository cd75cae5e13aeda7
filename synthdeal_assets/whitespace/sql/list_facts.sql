SELECT
    any_value(cutoff_date),
    any_value(window_days),
    any_value(window_end),
    count(*),
    count(DISTINCT customer_id),
    count(DISTINCT division),
    count(*) FILTER (is_eligible),
    count(*) FILTER (within_capacity),
    count(DISTINCT rep),
    count(account_id),
    coalesce(sum(expected_value) FILTER (within_capacity), 0)
FROM whitespace.whitespace
LEFT JOIN whitespace.cutoffs USING (cutoff_date)
WHERE is_current
