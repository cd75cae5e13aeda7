-- The unpivot: what is worth something on an invoice that is not rejected.
INSERT INTO {{ fact }} BY NAME
{# Text is costly: it is compared and tidied only where a log needs it. #}
WITH {% include 'cells.sql' %}
SELECT
    cells.source_file,
    cells.source_row,
    {{ 'raw_id' if ids_are_plain else 'ids.customer_id' }} AS customer_id,
    dates.order_date,
    {% for column in ['invoice', 'branch', 'rep'] %}
    {{ 'none_if_blank(%s)' % column if column in untidy else column }} AS {{ column }},
    {% endfor %}
    {% if is_long %}
    long_products.product,
    long_products.division,
    {% else %}
    cells.product,
    cells.division,
    {% endif %}
    coalesce(amount, 0) AS amount,
    units AS quantity,
    CASE WHEN coalesce(amount, 0) <> 0 THEN amount < 0 ELSE coalesce(units, 0) < 0 END AS is_return,
    is_holdout
FROM cells
{% if not ids_are_plain %}
JOIN ids ON ids.raw = cells.raw_id {{ 'AND ids.source_file = cells.source_file' if not one_source }}
{% endif %}
JOIN dates ON dates.raw = cells.raw_date {{ 'AND dates.source_file = cells.source_file' if not one_source }}
{% if is_long %}
JOIN long_products ON long_products.raw_product = cells.product AND long_products.raw_division = cells.division
{% endif %}
{% if rows_are_rejected %}
ANTI JOIN bad_rows ON bad_rows.source_file = cells.source_file AND bad_rows.source_row = cells.source_row
{% endif %}
WHERE (coalesce(amount, 0) <> 0 OR coalesce(units, 0) <> 0)
    AND money_problem IS NULL
    {% if pairs | selectattr('is_unit_price') | list %}
    AND (NOT is_unit_price OR amount IS NOT NULL OR figure IS NULL)
    {% endif %}
