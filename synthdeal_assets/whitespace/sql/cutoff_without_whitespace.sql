-- The present cutoff and its window, when chances were given there and none of them to a pair that never bought.
WITH present AS (
    SELECT cutoff_date, count(*) FILTER (population = 'whitespace') AS never_bought
    FROM whitespace.predictions
    WHERE cutoff_date = model_cutoff
    GROUP BY cutoff_date
    ORDER BY cutoff_date DESC
    LIMIT 1
)
SELECT cutoff_date, window_days, window_end
FROM present
JOIN whitespace.cutoffs USING (cutoff_date)
WHERE never_bought = 0
