{# The cells of the wide log that hold something, one row for a product on an invoice, money and units read.
   figure is the money or the price of one unit as written, amount the money that it comes to. #}
written AS (
    {% for pair in pairs %}
    SELECT
        source_file,
        source_row,
        source_role,
        {{ loop.index0 }} AS pair,
        {% if with_keys %}
        coalesce({{ customer_id }}, '') AS raw_id,
        coalesce({{ order_date }}, '') AS raw_date,
        {{ invoice or 'NULL::VARCHAR' }} AS raw_invoice,
        {{ branch or 'NULL::VARCHAR' }} AS raw_branch,
        {{ rep or 'NULL::VARCHAR' }} AS raw_rep,
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
figures AS (
    SELECT
        *,
        amount_of(money, money_comma) AS figure,
        amount_of(quantity, quantity_comma) AS units
    FROM written
),
cells AS (
    SELECT
        *,
        {% if pairs | selectattr('is_unit_price') | list %}
        CASE WHEN is_unit_price THEN TRY_CAST(figure * units AS DECIMAL(18, 4)) ELSE figure END AS amount
        {% else %}
        figure AS amount
        {% endif %}
    FROM figures
)
