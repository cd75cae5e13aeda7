-- The spellings of amounts that are not usual, each once: what it comes to, or why it comes to nothing.
INSERT INTO unusual_amounts
WITH cells AS (
    SELECT unnest([{% for column in columns %}{{ column }}{{ ', ' if not loop.last }}{% endfor %}]) AS written
    FROM {{ log }} AS log
),
spellings AS (
    SELECT DISTINCT written
    FROM cells
    WHERE written <> '' AND usual_amount(written, {{ with_comma }}) IS NULL
),
parted AS (
    SELECT written, {{ 'parts_with_comma' if with_comma == 'true' else 'parts_with_point' }}(tidy_amount(written)) AS parts
    FROM spellings
),
signed AS (
    SELECT written, sign_of_parts(parts) AS sign, plain_digits(parts.digits, {{ with_comma }}) AS digits FROM parted
),
summed AS (
    SELECT written, sign, CAST(sign * rounded_digits(digits) AS DECIMAL(18, 4)) AS amount FROM signed
)
SELECT
    written,
    {{ with_comma }} AS with_comma,
    amount,
    CASE
        WHEN amount IS NOT NULL OR is_blank_amount(written) THEN NULL
        WHEN sign IS NOT NULL THEN 'too large'
        ELSE 'not understood'
    END AS problem
FROM summed
