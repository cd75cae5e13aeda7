-- The money of each line of a source after discount, with the mark and the currency of its price. Where one of the three
-- is no figure, or takes off more than all, what stands there is kept as text, so that the line is rejected with it.
UPDATE {{ log }} AS log
SET {{ new }} = after_discount.money
FROM (
    WITH {% include 'discount_figures.sql' %},
    shares AS (
        SELECT
            *,
            {% if kind == 'amount' %}
            abs(off) / nullif(abs(each_price * units), 0) AS share
            {% else %}
            abs(off) / {{ 100 if kind == 'percent' else 1 }} AS share
            {% endif %}
        FROM figures
    ),
    computed AS (
        SELECT
            *,
            CASE
                WHEN is_blank_amount(discount) OR off = 0 THEN each_price * units
                WHEN share <= 1 + 1e-9 THEN each_price * units * (1 - share)
            END AS worth
        FROM shares
    )
    SELECT
        source_row,
        CASE
            WHEN is_blank_amount(price) THEN NULL
            WHEN each_price IS NULL THEN price
            WHEN worth IS NULL THEN concat_ws(' ', price, 'times', quantity, 'less', discount)
            ELSE {{ "replace(written, '.', ',')" if comma else 'written' }}
                || coalesce(' ' || nullif(regexp_extract(tidy_amount(price), {{ currency | text }}), ''), '')
        END AS money
    FROM (
        SELECT *, CAST(TRY_CAST(round(worth, 4) AS DECIMAL(18, 4)) AS VARCHAR) AS written FROM computed
    )
) AS after_discount
WHERE log.source_file = {{ source }} AND log.source_row = after_discount.source_row
