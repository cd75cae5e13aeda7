SELECT DISTINCT year(close_date) || '-Q' || quarter(close_date)
FROM {{ new_business }}
WHERE NOT is_closed
ORDER BY 1
