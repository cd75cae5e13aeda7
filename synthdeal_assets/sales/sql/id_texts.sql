-- Every spelling of a customer id in each source. number: an id of digits only, without zeros in front.
CREATE OR REPLACE TEMP TABLE id_texts AS
WITH written AS (
    SELECT log.source_file, log.source_role, coalesce({{ customer_id }}, '') AS raw, count(*) AS n
    FROM {{ log }} AS log
    GROUP BY ALL
),
trimmed AS (
    SELECT
        *,
        CASE
            WHEN source_file IN {{ numeric_sources | texts }} AND TRY_CAST(raw AS DOUBLE) = floor(TRY_CAST(raw AS DOUBLE))
                THEN CAST(CAST(CAST(raw AS DECIMAL(38, 4)) AS HUGEINT) AS VARCHAR)
            {# A spreadsheet cuts long numbers short; some have all their digits left. #}
            WHEN regexp_full_match(trim(raw), '[0-9]([.,][0-9]+)?E\+[0-9]{2,3}') THEN
                CASE WHEN length(regexp_extract(raw, '[.,]([0-9]+)', 1)) >= TRY_CAST(regexp_extract(raw, 'E\+([0-9]+)', 1) AS INTEGER)
                    THEN CAST(TRY_CAST(replace(trim(raw), ',', '.') AS DECIMAL(38, 0)) AS VARCHAR) END
            WHEN regexp_full_match(trim(raw), '[0-9]+[.,]0') THEN regexp_extract(raw, '[0-9]+')
            ELSE none_if_blank(raw)
        END AS id
    FROM written
)
SELECT
    *,
    CASE WHEN regexp_full_match(id, '[0-9]+(\.0+)?')
        THEN coalesce(nullif(ltrim(regexp_extract(id, '[0-9]+'), '0'), ''), '0') END AS number
FROM trimmed
