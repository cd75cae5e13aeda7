-- What stands in each column of money and units of each source, summed column by column straight from the wide log.
INSERT INTO {{ target }}
WITH written AS (
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
),
usual AS (
    SELECT
        *,
        usual_amount(written, with_comma) AS usual_figure,
        {{ 'usual_amount(times, times_comma)' if has_times else 'NULL::DECIMAL(18, 4)' }} AS usual_times
    FROM written
    {% if only_rows %}
    SEMI JOIN {{ only_rows }} USING (source_file, source_row)
    {% endif %}
),
figures AS (
    SELECT
        source_file,
        stored_name,
        has_times,
        {% if some_are_unusual %}
        coalesce(usual_figure, odd.amount) AS figure,
        odd.problem,
        {{ 'coalesce(usual_times, odd_times.amount)' if has_times else 'usual_times' }} AS times
        {% else %}
        usual_figure AS figure,
        NULL AS problem,
        usual_times AS times
        {% endif %}
    FROM usual
    {% if some_are_unusual %}
    LEFT JOIN unusual_amounts AS odd
        ON odd.written = CASE WHEN usual_figure IS NULL THEN usual.written END AND odd.with_comma = usual.with_comma
    {% if has_times %}
    LEFT JOIN unusual_amounts AS odd_times
        ON odd_times.written = CASE WHEN usual_times IS NULL THEN usual.times END
            AND odd_times.with_comma = usual.times_comma
    {% endif %}
    {% endif %}
)
SELECT
    source_file,
    stored_name,
    count(*) AS filled,
    count(problem) AS not_understood,
    coalesce(sum({{ 'CASE WHEN has_times THEN TRY_CAST(figure * times AS DECIMAL(18, 4)) ELSE figure END' if has_times else 'figure' }}), 0) AS total
FROM figures
GROUP BY source_file, stored_name
