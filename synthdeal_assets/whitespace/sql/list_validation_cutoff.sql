-- The latest cutoff that the models of a cutoff predicted at without having seen its window, which ended by theirs.
SELECT max(predictions.cutoff_date) AS cutoff_date
FROM whitespace.predictions
INNER JOIN whitespace.cutoffs USING (cutoff_date)
WHERE
    predictions.model_cutoff = $model_cutoff
    AND cutoffs.window_end <= $model_cutoff
    AND NOT cutoffs.uses_holdout
