-- Cells that are recorded as dirty, but are as they were, or dirty in another way than declared.
WITH _recorded AS (
    SELECT TRY_CAST("row" AS BIGINT) - 1 AS row_number, clean_value
    FROM files."_blemishes"
    WHERE "table" = {{ table | text }} AND field = {{ field | text }} AND kind = {{ kind | text }}
), _cells AS (
    SELECT
        {{ called }} AS called,
        _recorded.clean_value,
        _file.{{ field | name }} AS file_value,
        coalesce(_file.{{ misfit | name }}, CAST(_file.{{ field | name }} AS VARCHAR)) AS file_text,
        {{ table | name }}.{{ field | name }} AS clean
    FROM _recorded
    JOIN {{ table | name }} ON {{ table | name }}."#row" = _recorded.row_number
    JOIN files.{{ table | name }} AS _file ON _file."#row" = _recorded.row_number
){% if moments %}, _moments AS (
    SELECT avg(CAST({{ field | name }} AS DOUBLE)) AS mean, stddev_pop(CAST({{ field | name }} AS DOUBLE)) AS sd
    FROM {{ table | name }}
){% endif %}, _against AS (
    SELECT called, file_text, clean_value
    FROM _cells{{ ', _moments' if moments }}
    WHERE (file_text IS NOT NULL AND file_text = clean_value)
        OR (file_value IS NOT NULL AND file_value = clean)
        OR ({{ way }}) IS NOT TRUE
)
SELECT
    count(*) AS against,
    min(called, 5) AS keys,
    arg_min(coalesce(file_text, 'nothing') || ' for ' || coalesce(clean_value, 'nothing'), called) AS first
FROM _against
