SELECT DISTINCT year(close_date) || '-Q' || quarter(close_date)
FROM crm.opportunities
WHERE NOT is_closed
ORDER BY 1
