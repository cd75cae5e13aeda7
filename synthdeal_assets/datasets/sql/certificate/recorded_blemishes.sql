-- Blemishes that are not declared, or whose row or key is not that of any row.
WITH _declared AS (
    SELECT * FROM (VALUES {{ declared }}) AS declared(field, kind)
), _recorded AS (
    SELECT TRY_CAST("row" AS BIGINT) - 1 AS row_number, "row", key, field, kind
    FROM files."_blemishes"
    WHERE "table" = {{ table | text }}
), _compared AS (
    SELECT
        _recorded."row",
        _recorded.key,
        _declared.kind IS NOT NULL AS is_declared,
        _recorded.key = {{ clean_key }} OR (_recorded.kind = 'duplicates' AND _recorded.key = {{ file_key }}) AS is_row
    FROM _recorded
    LEFT JOIN _declared ON _declared.kind = _recorded.kind AND _declared.field IS NOT DISTINCT FROM _recorded.field
    LEFT JOIN {{ table | name }} AS _clean ON _clean."#row" = _recorded.row_number
    LEFT JOIN files.{{ table | name }} AS _file ON _file."#row" = _recorded.row_number
)
SELECT count(*) AS against, min(coalesce(key, 'row ' || "row"), 5) AS keys, NULL AS first
FROM _compared
WHERE NOT is_declared OR is_row IS NOT TRUE
