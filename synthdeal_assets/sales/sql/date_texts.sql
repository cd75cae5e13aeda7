-- Every spelling of a date in each source, taken apart: part is the day without a time, shape how it is written.
CREATE OR REPLACE TEMP TABLE date_texts AS
WITH written AS (
    SELECT
        log.source_file,
        coalesce({{ order_date }}, '') AS raw,
        count(*) AS n,
        min(log.source_row) AS first_row
    FROM {{ log }} AS log
    GROUP BY ALL
),
day_alone AS (
    SELECT
        *,
        none_if_blank(raw) IS NULL AS is_blank,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(trim(translate(raw, chr(160) || chr(8239) || chr(9), '   '), ' .'), '\.\s+([0-9])', '.\1', 'g'),
                        '\s+(?:de|of)\s+', ' ', 'g'
                    ),
                    '[T ,]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[-+][0-9]{2}(:?[0-9]{2})?)?$', ''
                ),
                '^(?i)(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,. ]+', ''
            ),
            '^([0-9]+)[.,]0*$', '\1'
        ) AS part,
        -- With every other letter an x, as a repeated \p{L} takes tens of milliseconds to compile.
        regexp_replace(part, '[^\P{L}A-Za-z]', 'x', 'g') AS in_ascii
    FROM written
),
shaped AS (
    SELECT
        *,
        CASE
            WHEN is_blank THEN 'blank'
            WHEN regexp_full_match(part, '[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}') THEN 'year first'
            WHEN regexp_full_match(part, '(19|20|21)[0-9]{6}') THEN 'digits'
            WHEN regexp_full_match(part, '[0-9]{1,2}\.[0-9]{1,2}\.([0-9]{2}|[0-9]{4})') THEN 'dotted'
            WHEN regexp_full_match(part, '[0-9]{1,2}[-/ ][0-9]{1,2}[-/ ]([0-9]{2}|[0-9]{4})') THEN 'numbers'
            WHEN regexp_full_match(in_ascii, '[0-9]{1,2}(st|nd|rd|th)?[-/. ]*[A-Za-z]{3,12}\.?[-/, ]*([0-9]{2}|[0-9]{4})') THEN 'month in letters'
            WHEN regexp_full_match(in_ascii, '[A-Za-z]{3,12}[-. ]+[0-9]{1,2}(st|nd|rd|th)?[-, ]+[0-9]{4}') THEN 'month in letters first'
            WHEN regexp_full_match(part, '[0-9]{4}[-/][0-9]{1,2}') THEN 'year and month'
            WHEN regexp_full_match(in_ascii, '[A-Za-z]{3,12}[-. ]{1,2}[0-9]{4}|[A-Za-z]{3,12}\.?-[0-9]{2}') THEN 'month in letters and year'
            WHEN regexp_full_match(part, '[2-7][0-9]{4}([.,][0-9]+)?') THEN 'serial'
            ELSE 'other'
        END AS shape,
        regexp_extract_all(part, '[0-9]+') AS numbers,
        replace(replace(strip_accents(lower(regexp_extract(part, '\p{L}{3,}'))), 'ı', 'i'), 'ł', 'l') AS letters
    FROM day_alone
),
in_numbers AS (
    SELECT
        *,
        TRY_CAST(numbers[1] AS INTEGER) AS a,
        TRY_CAST(numbers[2] AS INTEGER) AS b,
        CASE length(numbers[len(numbers)]) WHEN 2 THEN TRY_CAST(numbers[len(numbers)] AS INTEGER)
            + CASE WHEN TRY_CAST(numbers[len(numbers)] AS INTEGER) < 70 THEN 2000 ELSE 1900 END
            ELSE TRY_CAST(numbers[len(numbers)] AS INTEGER) END AS last_year,
        MAP { {%- for beginning, month in months.items() %}{{ beginning | text }}: {{ month }}{{ ', ' if not loop.last }}{% endfor -%} }[letters] AS named_month
    FROM shaped
),
with_days AS (
    SELECT
        *,
        {% if date_format %}
        CAST(coalesce(try_strptime(trim(raw), {{ date_format | text }}), try_strptime(part, {{ date_format | text }})) AS DATE) AS as_told,
        {% else %}
        CAST(NULL AS DATE) AS as_told,
        {% endif %}
        CASE shape
            WHEN 'year first' THEN TRY_CAST(format('{}-{:02d}-{:02d}', numbers[1], b, TRY_CAST(numbers[3] AS INTEGER)) AS DATE)
            WHEN 'digits' THEN TRY_CAST(left(part, 4) || '-' || part[5:6] || '-' || part[7:8] AS DATE)
            WHEN 'month in letters' THEN TRY_CAST(format('{:04d}-{:02d}-{:02d}', last_year, named_month, a) AS DATE)
            WHEN 'month in letters first' THEN TRY_CAST(format('{:04d}-{:02d}-{:02d}', last_year, named_month, a) AS DATE)
            WHEN 'year and month' THEN TRY_CAST(format('{}-{:02d}-01', numbers[1], b) AS DATE)
            WHEN 'month in letters and year' THEN TRY_CAST(format('{:04d}-{:02d}-01', last_year, named_month) AS DATE)
            WHEN 'serial' THEN DATE '1899-12-30' + CAST(floor(TRY_CAST(replace(part, ',', '.') AS DOUBLE)) AS INTEGER)
        END AS as_written,
        CASE WHEN shape IN ('numbers', 'dotted')
            THEN TRY_CAST(format('{:04d}-{:02d}-{:02d}', last_year, b, a) AS DATE) END AS day_first,
        CASE WHEN shape IN ('numbers', 'dotted')
            THEN TRY_CAST(format('{:04d}-{:02d}-{:02d}', last_year, a, b) AS DATE) END AS month_first
    FROM in_numbers
)
SELECT
    source_file, raw, n, first_row, is_blank, shape,
    {% for reading in ['as_told', 'as_written', 'day_first', 'month_first'] %}
    CASE WHEN year({{ reading }}) BETWEEN 1901 AND 2999 THEN {{ reading }} END AS {{ reading }}{{ ',' if not loop.last }}
    {% endfor %}
FROM with_days
