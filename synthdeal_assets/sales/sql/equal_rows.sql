-- Rows that are equal to an earlier one in every column. A hash finds the few that may be; those are compared by a
-- digest of all that is written in them.
CREATE OR REPLACE TEMP TABLE equal_rows AS
WITH hashed AS (
    SELECT
        log.source_file,
        log.source_row,
        hash({% for column in columns %}log.{{ column | name }}{{ ', ' if not loop.last }}{% endfor %}) AS hash_of_row
    FROM {{ log }} AS log
),
more_than_once AS (
    SELECT hash_of_row FROM hashed GROUP BY hash_of_row HAVING count(*) > 1
),
candidates AS (
    SELECT source_file, source_row FROM hashed SEMI JOIN more_than_once USING (hash_of_row)
),
digests AS (
    SELECT
        log.source_file,
        log.source_row,
        none_if_blank({{ invoice or 'NULL::VARCHAR' }}) IS NOT NULL AS has_invoice,
        md5(concat_ws(
            chr(31),
            {% for column in columns %}
            coalesce(CAST(log.{{ column | name }} AS VARCHAR), chr(30)){{ ',' if not loop.last }}
            {% endfor %}
        )) AS digest
    FROM {{ log }} AS log
    SEMI JOIN candidates ON candidates.source_file = log.source_file AND candidates.source_row = log.source_row
    {% if rows_are_rejected %}
    ANTI JOIN bad_rows ON bad_rows.source_file = log.source_file AND bad_rows.source_row = log.source_row
    {% endif %}
)
SELECT source_file, source_row, has_invoice
FROM digests
JOIN log_sources USING (source_file)
QUALIFY row_number() OVER (PARTITION BY digest ORDER BY position, source_row) > 1
