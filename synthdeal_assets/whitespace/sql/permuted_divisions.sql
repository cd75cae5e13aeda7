-- For the newest model cutoff with labels and each population: the division with most purchases to learn from, when
-- there are enough of both kinds to judge by.
WITH models AS (
    SELECT DISTINCT model_cutoff, division, population, training_cutoffs, training_positives
    FROM whitespace.models
    WHERE model_cutoff = (
        SELECT max(model_cutoff) FROM whitespace.models WHERE model_cutoff IN (SELECT cutoff_date FROM whitespace.labels)
    )
)
SELECT model_cutoff, division, population, training_cutoffs
FROM models
SEMI JOIN (
    SELECT division, population
    FROM whitespace.labels
    WHERE cutoff_date IN (SELECT model_cutoff FROM models)
    GROUP BY ALL
    HAVING count(*) FILTER (bought) >= $fewest AND count(*) FILTER (NOT bought) >= $fewest
) USING (division, population)
WHERE training_positives >= $fewest
QUALIFY row_number() OVER (PARTITION BY population ORDER BY training_positives DESC, division, training_cutoffs) = 1
ORDER BY population
