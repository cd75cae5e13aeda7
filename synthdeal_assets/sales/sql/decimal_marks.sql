-- How the amounts of some columns of one source are written: how many can only have a comma before the decimals, how
-- many only a point, and how many, such as 1,234 and 1.234, may have either. Digits but nil are all alike, so that there
-- are few shapes, and each is looked at once.
{# Nothing here filters by a shape: DuckDB would test it in each row and not in each shape. #}
WITH cells AS (
    -- A branch for each column would take longer to plan than a log of thousands of columns takes to read.
    UNPIVOT (
        SELECT {{ source.row }} AS _source_row, {% for column in columns %}log.{{ column | name }}{{ ', ' if not loop.last }}{% endfor %}

        FROM {{ source.table }} AS log
        WHERE {{ source.condition }}{% if first %} AND {{ source.row }} <= {{ first }}{% endif %}

    )
    ON COLUMNS(* EXCLUDE (_source_row))
    INTO NAME stored_name VALUE cell
),
shapes AS (
    SELECT
        stored_name,
        translate(cell, '23456789', '11111111') AS written,
        min(_source_row) AS first_row,
        arg_min(cell, _source_row) AS example,
        count(*) AS n
    FROM cells
    WHERE cell <> ''
    GROUP BY 1, 2
),
digits AS (
    SELECT *, marked_digits(written) AS digits FROM shapes
),
told AS (
    SELECT
        *,
        parts_with_point(tidy_amount(written)).digits <> '' OR parts_with_comma(tidy_amount(written)).digits <> '' AS is_amount,
        regexp_full_match(digits, '(?:.*[0-9])?,[0-9]{1,2}|.*\.[0-9]{3},[0-9]*|.*\.[0-9]{3}\.[0-9]{3}|.*[0-9][ ''][0-9]{3},[0-9]+') AS is_comma,
        regexp_full_match(digits, '.*,[0-9]{4,}|[0-9]{4,},[0-9]{3}|0*,[0-9]{3}') AS is_long_comma,
        regexp_full_match(digits, '(?:.*[0-9])?\.[0-9]{1,2}|.*,[0-9]{3}\.[0-9]*|.*,[0-9]{2,3},[0-9]{3}|.*[0-9][ ''][0-9]{3}\.[0-9]+') AS is_point,
        regexp_full_match(digits, '.*\.[0-9]{4,}|[0-9]{4,}\.[0-9]{3}|0*\.[0-9]{3}|[0-9]+\.[0-9]+E.*') AS is_long_point,
        regexp_full_match(digits, '[1-9][0-9]{0,2}[.,][0-9]{3}') AS is_either
    FROM digits
)
SELECT
    stored_name,
    coalesce(sum(n) FILTER (NOT is_blank_amount(written)), 0)::BIGINT AS filled,
    coalesce(sum(n) FILTER (is_amount), 0)::BIGINT AS numbers,
    coalesce(sum(n) FILTER (is_comma), 0)::BIGINT AS short_comma,
    coalesce(sum(n) FILTER (is_long_comma), 0)::BIGINT AS long_comma,
    coalesce(sum(n) FILTER (is_point), 0)::BIGINT AS short_point,
    coalesce(sum(n) FILTER (is_long_point), 0)::BIGINT AS long_point,
    coalesce(sum(n) FILTER (is_either AND contains(digits, '.')), 0)::BIGINT AS either_dot,
    coalesce(sum(n) FILTER (is_either AND contains(digits, ',')), 0)::BIGINT AS either_comma,
    coalesce(sum(n) FILTER (is_either AND contains(digits, ',') AND has_currency(written)), 0)::BIGINT AS either_comma_of_currency,
    coalesce(sum(n) FILTER (regexp_full_match(digits, '.*[0-9][ ''][0-9]{3}.*')), 0)::BIGINT AS grouped_by_blanks,
    coalesce(sum(n) FILTER (is_either AND digits LIKE '%0'), 0)::BIGINT AS ends_in_nil,
    coalesce(sum(n) FILTER (regexp_full_match(digits, '[1-9][0-9]{0,2}')), 0)::BIGINT AS whole_below_thousand,
    coalesce(sum(n) FILTER (regexp_full_match(digits, '[1-9][0-9]{3,}')), 0)::BIGINT AS whole_above,
    arg_min(trim(example), first_row) FILTER (is_either) AS example,
    min(first_row) FILTER (is_either) AS example_row,
    marked_digits(arg_min(example, first_row) FILTER (is_either)) AS example_digits
FROM told
GROUP BY stored_name
ORDER BY stored_name
