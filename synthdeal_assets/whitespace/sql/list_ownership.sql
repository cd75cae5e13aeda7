-- Every customer known at the cutoff, and the divisions it bought from or returned something to.
SELECT DISTINCT customer_id, division
FROM {% include 'known_log.sql' %}
WHERE known_on <= $cutoff
ORDER BY customer_id, division
