{# The cells of the wide log that hold something, one row for a product on an invoice, money and units read.
   figure is the money or the price of one unit as written, amount the money that it comes to. #}
written AS (
    {% for pair in pairs %}
    SELECT
        {{ (one_source | text) ~ ' AS source_file' if one_source else 'source_file' }},
        source_row,
        {{ 'source_role = \'holdout\'' if has_holdout else 'false' }} AS is_holdout,
        {{ loop.index0 }} AS pair,
        {% if with_keys %}
        coalesce({{ customer_id }}, '') AS raw_id,
        coalesce({{ order_date }}, '') AS raw_date,
        {{ invoice or 'NULL::VARCHAR' }} AS invoice,
        {{ branch or 'NULL::VARCHAR' }} AS branch,
        {{ rep or 'NULL::VARCHAR' }} AS rep,
        {% if pair.product is none %}
        coalesce({{ product_column }}, '') AS product,
        coalesce({{ division_column or 'NULL::VARCHAR' }}, '') AS division,
        {% else %}
        {{ pair.product | text }} AS product,
        {{ pair.division | text }} AS division,
        {% endif %}
        {% endif %}
        {{ 'CAST(%s AS VARCHAR)' % (pair.money | name) if pair.money else 'NULL::VARCHAR' }} AS money,
        {{ 'CAST(%s AS VARCHAR)' % (pair.quantity | name) if pair.quantity else 'NULL::VARCHAR' }} AS quantity,
        {{ pair.money_comma }} AS money_comma,
        {{ pair.quantity_comma }} AS quantity_comma,
        {{ 'true' if pair.is_unit_price else 'false' }} AS is_unit_price
    FROM {{ log }}
    WHERE ({{ pair.filled }})
        {{ 'AND source_file IN %s' % (pair.sources | texts) if pair.sources else '' }}
    {{ 'UNION ALL' if not loop.last }}
    {% endfor %}
),
usual AS (
    SELECT
        *,
        usual_amount(money, money_comma) AS usual_money,
        usual_amount(quantity, quantity_comma) AS usual_units
    FROM written
),
figures AS (
    {% if some_are_unusual %}
    SELECT
        usual.*,
        coalesce(usual_money, odd_money.amount) AS figure,
        coalesce(usual_units, odd_units.amount) AS units,
        odd_money.problem AS money_problem,
        odd_units.problem AS quantity_problem
    FROM usual
    LEFT JOIN unusual_amounts AS odd_money
        ON odd_money.written = CASE WHEN usual_money IS NULL THEN money END AND odd_money.with_comma = money_comma
    LEFT JOIN unusual_amounts AS odd_units
        ON odd_units.written = CASE WHEN usual_units IS NULL THEN quantity END AND odd_units.with_comma = quantity_comma
    {% else %}
    SELECT
        *,
        usual_money AS figure,
        usual_units AS units,
        NULL::VARCHAR AS money_problem,
        NULL::VARCHAR AS quantity_problem
    FROM usual
    {% endif %}
),
cells AS (
    {% if pairs | selectattr('is_unit_price') | list %}
    SELECT
        * EXCLUDE (money_problem),
        CASE WHEN is_unit_price THEN TRY_CAST(figure * units AS DECIMAL(18, 4)) ELSE figure END AS amount,
        CASE
            WHEN is_unit_price AND figure * units IS NOT NULL AND TRY_CAST(figure * units AS DECIMAL(18, 4)) IS NULL
                THEN 'too large'
            ELSE money_problem
        END AS money_problem
    FROM figures
    {% else %}
    SELECT *, figure AS amount FROM figures
    {% endif %}
)
