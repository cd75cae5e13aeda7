-- Rows that are totals: of all other rows, of those above them, or of those since the last or until the next total.
INSERT INTO no_sales
WITH figures AS (
    SELECT
        source_file,
        source_row,
        sum(CASE WHEN has_money THEN amount ELSE quantity END) AS figure
    FROM sums_of_rows, (SELECT bool_or(amount <> 0) AS has_money FROM sums_of_rows)
    GROUP BY ALL
),
placed AS (
    SELECT
        *,
        strength IS NOT NULL AS is_maybe,
        count(strength) OVER (PARTITION BY source_file ORDER BY source_row) AS run
    FROM figures
    LEFT JOIN maybe_totals USING (source_file, source_row)
    WHERE figure <> 0 OR strength IS NOT NULL
),
runs AS (
    SELECT source_file, run, sum(figure) AS total, count(*) AS n
    FROM placed
    WHERE NOT is_maybe
    GROUP BY ALL
),
files AS (
    SELECT source_file, sum(figure) AS total, count(*) AS n FROM placed WHERE NOT is_maybe GROUP BY ALL
),
so_far AS (
    SELECT
        *,
        sum(figure) FILTER (NOT is_maybe) OVER rows_above AS total,
        count(*) FILTER (NOT is_maybe) OVER rows_above AS n
    FROM placed
    WINDOW rows_above AS (PARTITION BY source_file ORDER BY source_row)
),
summed AS (
    SELECT
        so_far.*,
        greatest(
            CASE WHEN abs(so_far.figure - so_far.total) < 0.011 THEN so_far.n ELSE 0 END,
            CASE WHEN abs(so_far.figure - files.total) < 0.011 THEN files.n ELSE 0 END,
            CASE WHEN abs(so_far.figure - before.total) < 0.011 THEN before.n ELSE 0 END,
            CASE WHEN abs(so_far.figure - after.total) < 0.011 THEN after.n ELSE 0 END
        ) AS rows_summed
    FROM so_far
    LEFT JOIN files ON files.source_file = so_far.source_file
    LEFT JOIN runs AS before ON before.source_file = so_far.source_file AND before.run = so_far.run - 1
    LEFT JOIN runs AS after ON after.source_file = so_far.source_file AND after.run = so_far.run
    WHERE so_far.is_maybe
),
borne_out AS (
    SELECT
        source_file,
        source_row,
        label,
        CASE strength
            WHEN 3 THEN true
            -- The subtotal of a single row is one where others of the same label sum up several.
            WHEN 2 THEN lacks > 0 OR rows_summed > 1 OR (rows_summed = 1 AND max(rows_summed) OVER label_of_file > 1)
            WHEN 1 THEN rows_summed > 1 OR (lacks > 0 AND rows_summed > 0) OR lacks > 1
            ELSE rows_summed > 1
        END AS is_borne_out
    FROM summed
    WHERE figure <> 0
    WINDOW label_of_file AS (PARTITION BY source_file, label)
)
SELECT source_file, source_row, {{ total | text }}, label
FROM borne_out
-- A customer of that name has rows that add up to nothing.
QUALIFY is_borne_out AND avg(CAST(is_borne_out AS INTEGER)) OVER (PARTITION BY source_file, coalesce(label, CAST(source_row AS VARCHAR))) > 0.9
