-- Money and units written as text, read exactly. A macro is expanded where it stands: the common spellings are tested
-- first, because a CASE works out a later branch only for the rows that reach it.

-- Capitals, plain blanks, hyphens and apostrophes, and nil for the dashes of 12,-.
CREATE OR REPLACE TEMP MACRO tidy_amount(written) AS
    regexp_replace(
        upper(trim(translate(written, {{ tidied_from | text }}, {{ tidied_to | text }}))), {{ nil_in_dashes | text }}, '\100\2'
    );

CREATE OR REPLACE TEMP MACRO is_blank_amount(written) AS
    written IS NULL OR written = '' OR regexp_full_match(tidy_amount(written), {{ blank | text }});

-- Words for nothing in a customer id, a date, a name. Longer than those words and plain at both ends is what most are.
CREATE OR REPLACE TEMP MACRO none_if_blank(written) AS
    CASE
        WHEN strlen(written) > 4 AND regexp_full_match(written, '[!-~][ -~]*[!-~]') THEN written
        WHEN upper(trim(written)) IN ('', 'NULL', 'NONE', 'NAN', 'NAT', 'NA', 'N/A', '#N/A', '-') THEN NULL
        ELSE trim(translate(written, chr(160) || chr(9) || chr(10) || chr(13), '    '))
    END;

-- What stands before the digits, the digits, and what stands after them; empty when it is no number.
CREATE OR REPLACE TEMP MACRO parts_with_point(tidy) AS
    regexp_extract(tidy, {{ with_point | text }}, ['before', 'digits', 'after']);
CREATE OR REPLACE TEMP MACRO parts_with_comma(tidy) AS
    regexp_extract(tidy, {{ with_comma | text }}, ['before', 'digits', 'after']);
CREATE OR REPLACE TEMP MACRO parts_of_amount(written, with_comma) AS
    CASE WHEN with_comma THEN parts_with_comma(tidy_amount(written)) ELSE parts_with_point(tidy_amount(written)) END;

-- At most one minus, plus or pair of parentheses; NULL otherwise.
CREATE OR REPLACE TEMP MACRO sign_of_parts(parts) AS
    CASE
        WHEN parts.digits = '' THEN NULL
        ELSE CASE regexp_replace(parts.before || parts.after, '[^-+()]', '', 'g')
            WHEN '' THEN 1 WHEN '+' THEN 1 WHEN '-' THEN -1 WHEN '()' THEN -1
        END
    END;

-- Digits without a sign, half to even at four places; NULL when they are more than DECIMAL(18,4) holds.
CREATE OR REPLACE TEMP MACRO rounded_digits(digits) AS
    CASE
        WHEN regexp_full_match(digits, '[0-9]*\.?[0-9]{0,4}') THEN TRY_CAST(digits AS DECIMAL(18, 4))
        WHEN TRY_CAST(TRY_CAST(digits AS DECIMAL(38, 18)) AS DECIMAL(18, 4)) - TRY_CAST(digits AS DECIMAL(38, 18)) = 0.00005
            AND CAST(TRY_CAST(digits AS DECIMAL(18, 4)) * 10000 AS HUGEINT) % 2 = 1
            THEN TRY_CAST(digits AS DECIMAL(18, 4)) - 0.0001
        ELSE TRY_CAST(digits AS DECIMAL(18, 4))
    END;
CREATE OR REPLACE TEMP MACRO plain_digits(digits, with_comma) AS
    CASE
        WHEN with_comma THEN replace(translate(digits, '. ''', ''), ',', '.')
        ELSE translate(digits, ', ''', '')
    END;

-- The usual spellings, which cost next to nothing; NULL for all others, and for what is too large.
CREATE OR REPLACE TEMP MACRO usual_amount(written, with_comma) AS
    CASE
        WHEN written IS NULL OR written = '' THEN NULL
        WHEN with_comma THEN
            CASE WHEN regexp_full_match(written, '-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]{0,4})?')
                THEN TRY_CAST(replace(replace(written, '.', ''), ',', '.') AS DECIMAL(18, 4)) END
        WHEN regexp_full_match(written, '-?\$?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{0,4})?')
            THEN TRY_CAST(replace(replace(written, '$', ''), ',', '') AS DECIMAL(18, 4))
        WHEN regexp_full_match(written, '(?:\(\$?|\$\()(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{0,4})?\)')
            THEN -TRY_CAST(translate(written, '$,()', '') AS DECIMAL(18, 4))
    END;

-- The digits of an amount with what stands between them, without currency and signs: 1.234 of "$1.234 KR.".
CREATE OR REPLACE TEMP MACRO marked_digits(written) AS
    regexp_extract(
        regexp_replace(tidy_amount(written), {{ currency | text }}, '', 'g'), '[.,]?[0-9](?:.*[0-9])?'
    );

-- Whether a sign or code of a currency stands beside the digits.
CREATE OR REPLACE TEMP MACRO has_currency(written) AS regexp_matches(tidy_amount(written), {{ currency | text }});

-- An amount as a number that is good enough to compare with others; NULL when it is none.
CREATE OR REPLACE TEMP MACRO figure_of(written, with_comma) AS
    sign_of_parts(parts_of_amount(written, with_comma))
        * TRY_CAST(plain_digits(parts_of_amount(written, with_comma).digits, with_comma) AS DOUBLE);

-- Letters as `spelling_of` of the names in use writes them, and a whole cell in them without blanks and signs.
CREATE OR REPLACE TEMP MACRO plain_letters(written) AS translate(lower(strip_accents(lower(written))), 'łøđıς', 'lodiσ');
CREATE OR REPLACE TEMP MACRO folded_cell(written) AS
    regexp_replace(plain_letters(written), '[\s_\-.:;,*=#/()''’\[\]]+', '', 'g');
