-- What stands in each column of money and units of each source, summed column by column straight from the wide log.
INSERT INTO {{ target }}
WITH wide_rows AS (
    SELECT
        log.source_file,
        [
            {% for column in columns %}
            {
                'stored_name': {{ column.stored_name | text }},
                'with_comma': {{ column.comma }},
                {% if has_times %}
                'times': {{ column.times or 'NULL::VARCHAR' }},
                'times_comma': {{ column.times_comma }},
                'has_times': {{ 'true' if column.times else 'false' }},
                {% endif %}
                'written': {{ column.written }}
            }{{ ',' if not loop.last }}
            {% endfor %}
        ] AS cells
    FROM {{ log }} AS log
    {% if only_rows %}
    SEMI JOIN {{ only_rows }} AS only_rows
        ON only_rows.source_file = log.source_file AND only_rows.source_row = log.source_row
    {% endif %}
),
one_by_one AS (
    SELECT source_file, unnest(cells) AS cell FROM wide_rows
),
usual AS (
    SELECT
        source_file,
        unnest(cell),
        {% if has_times %}
        usual_amount(cell.times, cell.times_comma) AS usual_times,
        {% endif %}
        usual_amount(cell.written, cell.with_comma) AS usual_figure
    FROM one_by_one
    WHERE cell.written <> ''
),
figures AS (
    SELECT
        source_file,
        stored_name,
        usual_figure,
        coalesce(usual_figure, odd.amount) AS figure,
        {% if has_times %}
        has_times,
        coalesce(usual_times, odd_times.amount) AS times,
        {% endif %}
        odd.problem
    FROM usual
    {# Where nothing is unusual this table has no row, and DuckDB skips the join. #}
    LEFT JOIN unusual_amounts AS odd
        ON odd.written = CASE WHEN usual_figure IS NULL THEN usual.written END AND odd.with_comma = usual.with_comma
    {% if has_times %}
    LEFT JOIN unusual_amounts AS odd_times
        ON odd_times.written = CASE WHEN usual_times IS NULL THEN usual.times END
            AND odd_times.with_comma = usual.times_comma
    {% endif %}
)
SELECT
    source_file,
    stored_name,
    count(*) AS filled,
    count(*) - count(usual_figure) AS unusual,
    count(problem) AS not_understood,
    {% if has_times %}
    coalesce(sum(CASE WHEN has_times THEN TRY_CAST(figure * times AS DECIMAL(18, 4)) ELSE figure END), 0) AS total
    {% else %}
    coalesce(sum(figure), 0) AS total
    {% endif %}
FROM figures
GROUP BY source_file, stored_name
