-- Lines with what stood alone in the row above them; the rows in which it stood are blank.
CREATE OR REPLACE TABLE {{ table }} AS
WITH told AS (
    SELECT
        *,
        rowid AS place_of_row,
        CASE WHEN {% for is_filled in filled %}CAST({{ is_filled }} AS INTEGER){{ ' + ' if not loop.last }}{% endfor %} = 1
            THEN trim({{ column | name }}) END AS alone
    FROM {{ table }}
),
grouped AS (
    SELECT *, last_value(alone IGNORE NULLS) OVER (ORDER BY place_of_row) AS group_of_line FROM told
)
SELECT
    {% if has_own %}
    CASE WHEN alone IS NULL THEN group_of_line END AS {{ new_name | name }},
    CASE WHEN alone IS NULL THEN {{ column | name }} END AS {{ column | name }}
    {% else %}
    CASE WHEN alone IS NULL THEN coalesce(nullif(trim({{ column | name }}), ''), group_of_line) END AS {{ new_name | name }}
    {% endif %}
    {% for other in others %}
    , {{ other | name }}
    {% endfor %}
FROM grouped
ORDER BY place_of_row
