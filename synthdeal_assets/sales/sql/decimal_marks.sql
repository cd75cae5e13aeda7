-- For each source and column of text: how many amounts can only have a comma before the decimals, and how many only a
-- point. 1,234 and 1.234 may be either.
SELECT
    source_file,
    stored_name,
    count(*) FILTER (regexp_full_match(written, '.*(,[0-9]{1,2}|,[0-9]{4,}|\.[0-9]{3},[0-9]+|\.[0-9]{3}\.[0-9]{3}|[0-9]{4,},[0-9]{3}|[^0-9]0?,[0-9]{3})[^0-9.,]*')) AS only_comma,
    count(*) FILTER (regexp_full_match(written, '.*(\.[0-9]{1,2}|\.[0-9]{4,}|,[0-9]{3}\.[0-9]*|,[0-9]{3},[0-9]{3}|[0-9]{4,}\.[0-9]{3}|[^0-9]0?\.[0-9]{3})[^0-9.,]*')) AS only_point,
    count(*) FILTER (regexp_full_match(written, '.*[0-9][.,][0-9]{3}[^0-9.,]*')) AS either
FROM (
    SELECT source_file, cell.stored_name, ' ' || tidy_amount(cell.written) AS written
    FROM (
        SELECT
            log.source_file,
            unnest([
                {% for column in columns %}
                {'stored_name': {{ column | text }}, 'written': log.{{ column | name }}}{{ ',' if not loop.last }}
                {% endfor %}
            ]) AS cell
        FROM {{ log }} AS log
    )
    WHERE cell.written <> ''
)
GROUP BY ALL
ORDER BY ALL
