-- What was bought in the windows of all cutoffs that have labels; NULL for the others.
UPDATE whitespace.cutoffs
SET existing_positives = existing, whitespace_positives = whitespace
FROM (
    SELECT
        cutoffs.cutoff_date,
        if(count(bought) > 0, count(*) FILTER (bought AND population = 'existing'), NULL) AS existing,
        if(count(bought) > 0, count(*) FILTER (bought AND population = 'whitespace'), NULL) AS whitespace
    FROM whitespace.cutoffs
    LEFT JOIN whitespace.labels USING (cutoff_date)
    GROUP BY cutoffs.cutoff_date
) AS counted
WHERE cutoffs.cutoff_date = counted.cutoff_date
