SELECT count(*)
FROM (
    SELECT number
    FROM id_texts
    WHERE number IS NOT NULL
    GROUP BY number
    HAVING count(DISTINCT id) > 1
)
