SELECT version, table_name, rows, bytes, seconds, file_path
FROM datasets.tables
WHERE dataset = ?
ORDER BY version, position
