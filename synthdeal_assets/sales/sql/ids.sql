-- The customer that each spelling in each source means. Of several spellings of one number the longest in the log
-- itself counts, so that a holdout that comes later changes no customer's id.
CREATE OR REPLACE TEMP TABLE ids AS
{% if brings_together %}
WITH preferred AS (
    SELECT number, arg_max(spelling, rank) AS spelling
    FROM (
        SELECT
            number,
            CASE WHEN contains(id, '.') THEN number ELSE id END AS spelling,
            row_number() OVER (
                PARTITION BY number
                ORDER BY source_role <> 'log' DESC, length(CASE WHEN contains(id, '.') THEN number ELSE id END), id DESC
            ) AS rank
        FROM id_texts
        WHERE number IS NOT NULL
    )
    GROUP BY number
)
SELECT source_file, raw, n, coalesce(spelling, id) AS customer_id
FROM id_texts
LEFT JOIN preferred USING (number)
{% else %}
SELECT source_file, raw, n, id AS customer_id
FROM id_texts
{% endif %}
