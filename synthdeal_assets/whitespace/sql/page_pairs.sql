SELECT {{ columns }}
FROM (
    FROM whitespace.whitespace
    WHERE is_current
    ORDER BY within_capacity DESC, place
    LIMIT {{ most }}
)
ORDER BY place
