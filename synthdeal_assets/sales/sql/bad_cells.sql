-- Cells that are not understood. Where the money is not, the units beside it come to nothing and are kept here.
INSERT INTO bad_cells
WITH {% include 'cells.sql' %},
names (pair, money_column, quantity_column) AS (
    VALUES
    {% for pair in pairs %}
    (
        {{ loop.index0 }},
        {{ pair.money_name | text if pair.money_name else 'NULL::VARCHAR' }},
        {{ pair.quantity_name | text if pair.quantity_name else 'NULL::VARCHAR' }}
    ){{ ',' if not loop.last }}
    {% endfor %}
)
SELECT source_file, source_row, money_column, 'money ' || money_problem, left(money, 1000), coalesce(units, 0)
FROM cells
JOIN names USING (pair)
WHERE money_problem IS NOT NULL
UNION ALL
SELECT source_file, source_row, quantity_column, 'quantity not understood', left(quantity, 1000), 0
FROM cells
JOIN names USING (pair)
WHERE quantity_problem IS NOT NULL
