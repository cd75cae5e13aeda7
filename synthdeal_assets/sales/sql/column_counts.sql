-- Rows of each source, and in how many of them each column is not blank.
SELECT
    source_file,
    count(*) AS row_count
    {% for column, kind in columns %}
    {% if kind == 'VARCHAR' %}
    , count(*) FILTER ({{ column | name }} >= '!' OR trim({{ column | name }}) <> '')
    {% else %}
    , count({{ column | name }})
    {% endif %}
    {% endfor %}
FROM {{ log }}
GROUP BY source_file
