SELECT division
FROM whitespace.models
WHERE
    learner = {{ whitespace_stand_in | literal }}
    AND model_cutoff = (SELECT max(model_cutoff) FROM whitespace.models)
