-- The unpivot: what is worth something on an invoice that is not rejected.
INSERT INTO {{ fact }} BY NAME
WITH {% include 'cells.sql' %}
SELECT
    source_file,
    source_row,
    customer_id,
    order_date,
    invoice,
    {{ 'long_products.' if is_long }}product,
    {{ 'long_products.' if is_long }}division,
    coalesce(amount, 0) AS amount,
    units AS quantity,
    CASE WHEN coalesce(amount, 0) <> 0 THEN amount < 0 ELSE coalesce(units, 0) < 0 END AS is_return,
    branch,
    rep,
    is_holdout
FROM cells
{% if is_long %}
JOIN long_products USING (raw_product, raw_division)
{% endif %}
WHERE (coalesce(amount, 0) <> 0 OR coalesce(units, 0) <> 0)
    AND money_problem IS NULL
    {% if has_unit_price %}
    AND (amount IS NOT NULL OR figure IS NULL)
    {% endif %}
