-- Cells that are not understood. Where the money is not, the units beside it come to nothing and are kept here.
INSERT INTO bad_cells
WITH {% include 'cells.sql' %},
pairs (pair, money_column, quantity_column) AS (
    VALUES
    {% for pair in pairs %}
    ({{ loop.index0 }}, {{ pair.money | text if pair.money else 'NULL::VARCHAR' }}, {{ pair.quantity | text if pair.quantity else 'NULL::VARCHAR' }}){{ ',' if not loop.last }}
    {% endfor %}
),
problems AS (
    SELECT
        source_file,
        source_row,
        pair,
        money,
        quantity,
        coalesce(units, 0) AS units,
        coalesce(
            problem_of_amount(money, figure, money_comma),
            CASE WHEN is_unit_price AND amount IS NULL AND figure * units IS NOT NULL THEN 'too large' END
        ) AS money_problem,
        problem_of_amount(quantity, units, quantity_comma) AS quantity_problem
    FROM cells
    WHERE amount IS NULL OR units IS NULL
)
SELECT source_file, source_row, money_column, 'money ' || money_problem, left(money, 1000), units
FROM problems JOIN pairs USING (pair)
WHERE money_problem IS NOT NULL
UNION ALL
SELECT source_file, source_row, quantity_column, 'quantity not understood', left(quantity, 1000), 0
FROM problems JOIN pairs USING (pair)
WHERE quantity_problem IS NOT NULL
