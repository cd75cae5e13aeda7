-- Models that learnt from, or were chosen on, a label window that ends after the day they are used at.
SELECT model_cutoff, division, population, learner, learnt_from, learnt_from + window_days::INTEGER AS window_end
FROM (
    SELECT
        model_cutoff,
        division,
        population,
        learner,
        unnest(list_append(string_split(training_cutoffs, ', ')::DATE[], validation_cutoff)) AS learnt_from
    FROM whitespace.models
    WHERE training_cutoffs <> ''
)
LEFT JOIN whitespace.cutoffs ON cutoff_date = learnt_from
WHERE learnt_from IS NOT NULL AND (window_days IS NULL OR window_end > model_cutoff)
