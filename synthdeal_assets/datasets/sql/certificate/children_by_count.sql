-- How many parents have how many children, and one parent of each number.
WITH _counted AS (
    SELECT {{ reference }} AS parent, count(*) AS children FROM {{ children }} GROUP BY 1
)
SELECT coalesce(_counted.children, 0) AS children, count(*) AS parents, any_value({{ called }}) AS one
FROM {{ parents }} AS parent
LEFT JOIN _counted ON _counted.parent = parent.{{ key }}
GROUP BY 1
ORDER BY 1
