{# The cells of the wide log that hold something: a row for a product on an invoice, with its money and units read.
   figure is the money or the price of one unit, amount the money that it comes to. Names of the log are those of
   strangers, so everything of it is called by its table. #}
wide_rows AS (
    SELECT
        {% for name, expression in keys.items() %}
        {{ expression }} AS {{ name }},
        {% endfor %}
        [
            {% for pair in pairs %}
            {
                'pair': {{ loop.index0 }},
                {% if pair.product is not none %}
                'product': {{ pair.product | text }},
                'division': {{ pair.division | text }},
                {% endif %}
                {% if commas %}
                'money_comma': {{ pair.money_comma }},
                'quantity_comma': {{ pair.quantity_comma }},
                {% endif %}
                'money': {{ pair.money }},
                'quantity': {{ pair.quantity }}
            }{{ ',' if not loop.last }}
            {% endfor %}
        ] AS cells
    FROM {{ log }} AS log
    {{ joins }}
),
one_by_one AS (
    SELECT * EXCLUDE (cells), unnest(cells) AS cell FROM wide_rows
),
written AS (
    SELECT
        * EXCLUDE (cell),
        {% if not commas %}
        false AS money_comma,
        false AS quantity_comma,
        {% endif %}
        unnest(cell)
    FROM one_by_one
    WHERE cell.money <> '' OR cell.quantity <> ''
),
usual AS (
    SELECT
        *,
        usual_amount(money, money_comma) AS usual_money,
        usual_amount(quantity, quantity_comma) AS usual_units
    FROM written
),
figures AS (
    {# Where nothing is unusual that table has no row, and DuckDB skips the joins. #}
    SELECT
        usual.*,
        coalesce(usual_money, odd_money.amount) AS figure,
        coalesce(usual_units, odd_units.amount) AS units,
        odd_money.problem AS problem_of_money,
        odd_units.problem AS quantity_problem
    FROM usual
    LEFT JOIN unusual_amounts AS odd_money
        ON odd_money.written = CASE WHEN usual_money IS NULL THEN money END AND odd_money.with_comma = money_comma
    LEFT JOIN unusual_amounts AS odd_units
        ON odd_units.written = CASE WHEN usual_units IS NULL THEN quantity END AND odd_units.with_comma = quantity_comma
),
cells AS (
    {% if has_unit_price %}
    SELECT
        *,
        TRY_CAST(figure * units AS DECIMAL(18, 4)) AS amount,
        CASE
            WHEN figure * units IS NOT NULL AND TRY_CAST(figure * units AS DECIMAL(18, 4)) IS NULL THEN 'too large'
            ELSE problem_of_money
        END AS money_problem
    FROM figures
    {% else %}
    SELECT *, figure AS amount, problem_of_money AS money_problem FROM figures
    {% endif %}
)
