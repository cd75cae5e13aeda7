-- What stands in each column of money and units of each source, summed column by column straight from the wide log.
INSERT INTO {{ target }}
SELECT
    source_file,
    stored_name,
    count(*) AS filled,
    count(*) FILTER (figure IS NULL AND NOT is_blank_amount(written)) AS not_understood,
    {% if columns | selectattr('times') | list %}
    coalesce(sum(CASE WHEN has_times THEN TRY_CAST(figure * amount_of(times, times_comma) AS DECIMAL(18, 4)) ELSE figure END), 0) AS total
    {% else %}
    coalesce(sum(figure), 0) AS total
    {% endif %}
FROM (
    SELECT *, amount_of(written, with_comma) AS figure
    FROM (
        {% for column in columns %}
        SELECT
            source_file,
            source_row,
            {{ column.stored_name | text }} AS stored_name,
            CAST({{ column.stored_name | name }} AS VARCHAR) AS written,
            {{ column.comma }} AS with_comma,
            {{ 'CAST(%s AS VARCHAR)' % (column.times | name) if column.times else 'NULL::VARCHAR' }} AS times,
            {{ column.times_comma or 'false' }} AS times_comma,
            {{ 'true' if column.times else 'false' }} AS has_times
        FROM {{ log }}
        WHERE ({{ column.filled }}) AND source_file IN {{ column.sources | texts }}
        {{ 'UNION ALL' if not loop.last }}
        {% endfor %}
    )
    {% if only_rows %}
    SEMI JOIN {{ only_rows }} USING (source_file, source_row)
    {% endif %}
)
GROUP BY source_file, stored_name
