-- The eight full quarters before the world's day, and the running one.
SELECT year(first_day) || '-Q' || quarter(first_day)
FROM (
    SELECT (date_trunc('quarter', as_of) - to_months(3 * back::INTEGER))::DATE AS first_day
    FROM crm.world
    CROSS JOIN range(8, -1, -1) AS quarters(back)
)
ORDER BY first_day
