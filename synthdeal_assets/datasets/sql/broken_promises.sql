SELECT dataset, version, table_name, field, sentence, expected, measured, against
FROM datasets.promises
WHERE NOT held
    AND {{ condition }}
    AND (dataset, version) IN (SELECT (dataset, max(version)) FROM datasets.promises GROUP BY dataset)
