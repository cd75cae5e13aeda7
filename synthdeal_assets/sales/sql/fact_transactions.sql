-- The unpivot: what is worth something on an invoice that is not rejected.
INSERT INTO {{ fact }} BY NAME
WITH {% include 'cells.sql' %}
SELECT
    cells.source_file,
    cells.source_row,
    ids.customer_id,
    dates.order_date,
    {{ 'none_if_blank(raw_invoice)' if invoice else 'NULL' }} AS invoice,
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
    {{ 'none_if_blank(raw_branch)' if branch else 'NULL' }} AS branch,
    {{ 'none_if_blank(raw_rep)' if rep else 'NULL' }} AS rep,
    source_role = 'holdout' AS is_holdout
FROM cells
JOIN ids ON ids.source_file = cells.source_file AND ids.raw = cells.raw_id
JOIN dates ON dates.source_file = cells.source_file AND dates.raw = cells.raw_date
{% if is_long %}
JOIN long_products ON long_products.raw_product = cells.product AND long_products.raw_division = cells.division
{% endif %}
{% if rows_are_rejected %}
ANTI JOIN bad_rows ON bad_rows.source_file = cells.source_file AND bad_rows.source_row = cells.source_row
{% endif %}
WHERE (coalesce(amount, 0) <> 0 OR coalesce(units, 0) <> 0)
    AND (amount IS NOT NULL OR is_blank_amount(money))
