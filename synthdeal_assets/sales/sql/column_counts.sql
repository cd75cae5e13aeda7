-- Rows of each source, and in how many of them each column is not blank.
SELECT
    log.source_file,
    count(*) AS row_count
    {% for column, kind in columns %}
    {% if kind == 'VARCHAR' %}
    , count(*) FILTER (log.{{ column | name }} >= '!' OR trim(log.{{ column | name }}) <> '')
    {% else %}
    , count(log.{{ column | name }})
    {% endif %}
    {% endfor %}
FROM {{ log }} AS log
GROUP BY log.source_file
