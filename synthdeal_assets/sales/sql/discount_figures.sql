{# The three figures of each line of a source, as numbers; NULL where they are none. #}
figures AS (
    SELECT
        log.source_row,
        {{ price }} AS price,
        {{ quantity }} AS quantity,
        {{ discount }} AS discount,
        figure_of({{ price }}, {{ price_comma }}) AS each_price,
        figure_of({{ quantity }}, {{ quantity_comma }}) AS units,
        figure_of(trim(replace({{ discount }}, '%', '')), {{ discount_comma }}) AS off
    FROM {{ log }} AS log
    WHERE log.source_file = {{ source }}
)
