-- How often the most popular rows of another table are referred to.
SELECT
    count(*) AS times,
    (SELECT count({{ field }}) FROM {{ table }}) AS number,
    (SELECT count(*) FROM {{ target }}) AS targets
FROM {{ table }}
WHERE {{ field }} IS NOT NULL
GROUP BY {{ field }}
ORDER BY 1 DESC
LIMIT {{ most }}
