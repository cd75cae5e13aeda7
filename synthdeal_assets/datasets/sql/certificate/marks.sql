-- For each dirty row of a table: which of its fields are dirty, what they were, and whether it is a copy.
CREATE TABLE {{ marks }} AS
SELECT
    TRY_CAST("row" AS BIGINT) - 1 AS "#row",
{% for field in fields %}
    bool_or(field = {{ field | text }}) AS {{ (dirty ~ field) | name }},
    max(clean_value) FILTER (WHERE field = {{ field | text }}) AS {{ field | name }},
{% endfor %}
    bool_or(kind = 'duplicates') AS "#copy"
FROM files."_blemishes"
WHERE "table" = {{ table | text }}
GROUP BY 1
