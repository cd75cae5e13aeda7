-- Rows that are called totals in a key, and those that lack a key that is mostly filled. strength: 3 when the cell says
-- nothing but a word that is always a total, 2 nothing but one that may be a name, 1 such a word beside others, 0 none.
CREATE OR REPLACE TEMP TABLE maybe_totals AS
WITH hinted AS (
    SELECT
        log.source_file,
        log.source_row,
        coalesce(NULL{% for text in texts %}, CASE WHEN regexp_matches({{ text }}, {{ hint | text }}) THEN {{ text }} END{% endfor %}) AS label,
        0{% for text in lacking %} + CAST(coalesce(trim({{ text }}), '') = '' AS INTEGER){% endfor %} AS lacks
    FROM {{ log }} AS log
),
judged AS (
    SELECT
        *,
        CASE
            WHEN label IS NULL THEN 0
            WHEN folded_cell(label) IN {{ sure | texts }} THEN 3
            WHEN folded_cell(label) IN {{ perhaps | texts }} THEN 2
            WHEN regexp_matches(plain_letters(label), {{ word | text }}) THEN 1
            ELSE 0
        END AS strength
    FROM hinted
    WHERE label IS NOT NULL OR lacks > 0
)
SELECT source_file, source_row, CASE WHEN strength > 0 THEN label END AS label, lacks, strength
FROM judged
WHERE strength > 0 OR lacks > 0
