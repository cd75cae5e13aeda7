-- Money as it is worth in the chosen currency, written with the mark of its column; as it stands where it is no amount.
UPDATE {{ log }} AS log
SET {{ new }} = coalesce(
    (
        SELECT CASE WHEN {{ comma }} THEN replace(worth, '.', ',') ELSE worth END
        FROM (
            SELECT CAST(TRY_CAST(round(figure_of(CAST(log.{{ old }} AS VARCHAR), {{ comma }}) * CASE row_currencies.currency
                {% for currency, rate in rates.items() %}
                WHEN {{ currency | text }} THEN {{ rate }}
                {% endfor %}
            END, 4) AS DECIMAL(18, 4)) AS VARCHAR) AS worth
        )
    ),
    CAST(log.{{ old }} AS VARCHAR)
)
FROM (
    SELECT keys.source_file, keys.source_row, told.currency
    FROM {{ log }} AS keys
    LEFT JOIN row_currencies AS told USING (source_file, source_row)
) AS row_currencies
WHERE row_currencies.source_file = log.source_file AND row_currencies.source_row = log.source_row
