-- The spellings of amounts that are not usual, each once: what it comes to, or why it comes to nothing.
INSERT INTO unusual_amounts
WITH spellings AS (
    SELECT DISTINCT written
    FROM (
        {% for column in columns %}
        SELECT CAST({{ column.stored_name | name }} AS VARCHAR) AS written
        FROM {{ log }}
        WHERE {{ column.filled }}
        {{ 'UNION ALL' if not loop.last }}
        {% endfor %}
    )
    WHERE usual_amount(written, {{ 'true' if with_comma else 'false' }}) IS NULL
),
tidied AS (
    SELECT written, tidy_amount(written) AS tidy FROM spellings
),
parted AS (
    SELECT written, {{ 'parts_with_comma' if with_comma else 'parts_with_point' }}(tidy) AS parts FROM tidied
),
signed AS (
    SELECT
        written,
        sign_of_parts(parts) AS sign,
        plain_digits(parts.digits, {{ 'true' if with_comma else 'false' }}) AS digits
    FROM parted
),
summed AS (
    SELECT written, sign, CAST(sign * rounded_digits(digits) AS DECIMAL(18, 4)) AS amount FROM signed
)
SELECT
    written,
    {{ 'true' if with_comma else 'false' }} AS with_comma,
    amount,
    CASE
        WHEN amount IS NOT NULL OR is_blank_amount(written) THEN NULL
        WHEN sign IS NOT NULL THEN 'too large'
        ELSE 'not understood'
    END AS problem
FROM summed
