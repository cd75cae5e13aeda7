INSERT INTO {{ target }}
WITH {% include 'cells.sql' %}
SELECT source_file, source_row, sum(coalesce(amount, 0)), sum(coalesce(units, 0))
FROM cells
GROUP BY source_file, source_row
