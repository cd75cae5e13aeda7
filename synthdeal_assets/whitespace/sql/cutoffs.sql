-- A row for each of the days in $cutoffs, counted in the log; what was bought in the windows is in count_positives.sql.
INSERT INTO whitespace.cutoffs BY NAME
WITH cutoffs AS (
    SELECT unnest($cutoffs::DATE[]) AS cutoff_date
),
pairs AS (
    SELECT customer_id, division, min(known_on) AS first_day
    FROM {% include 'known_log.sql' %}
    GROUP BY ALL
)
SELECT
    cutoff_date,
    $window_days AS window_days,
    cutoff_date + $window_days::INTEGER AS window_end,
    window_end > $data_end AS is_censored,
    window_end > $last_order_date AS uses_holdout,
    count(DISTINCT customer_id) AS customers,
    count(*) AS existing_pairs,
    customers * count(DISTINCT division) - existing_pairs AS whitespace_pairs,
    NULL AS existing_positives,
    NULL AS whitespace_positives
FROM cutoffs
JOIN pairs ON first_day <= cutoff_date
GROUP BY cutoff_date
ORDER BY cutoff_date
