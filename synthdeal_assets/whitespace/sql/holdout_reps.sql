-- How many reps looked after a customer at the end of the cutoff day: each customer's latest one that is named.
SELECT count(DISTINCT rep)
FROM (
    SELECT arg_max(rep, (order_date, source_file, source_row)) FILTER (WHERE rep IS NOT NULL) AS rep
    FROM {% include 'known_log.sql' %}
    WHERE known_on <= $cutoff
    GROUP BY customer_id
)
