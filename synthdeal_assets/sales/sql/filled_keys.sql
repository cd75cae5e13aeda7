-- How many rows there are, and in how many each key is filled.
SELECT
    count(*)
    {% for key in keys %}
    , count(nullif(trim({{ key }}), ''))
    {% endfor %}
FROM {{ log }} AS log
