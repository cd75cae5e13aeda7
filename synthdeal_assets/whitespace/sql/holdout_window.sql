-- rule: a window that does not begin after the cutoff, or that the data do not cover
SELECT judged.cutoff_date, cutoffs.window_days, cutoffs.window_end, cutoffs.is_censored, covered.last_day
FROM (SELECT DISTINCT cutoff_date FROM whitespace.holdout_metrics) AS judged
CROSS JOIN (SELECT max(order_date) AS last_day FROM sales.fact_transactions) AS covered
LEFT JOIN whitespace.cutoffs AS cutoffs USING (cutoff_date)
WHERE cutoffs.window_end IS NULL
    OR cutoffs.window_end != judged.cutoff_date + cutoffs.window_days::INTEGER
    OR cutoffs.window_end <= judged.cutoff_date
    OR cutoffs.is_censored
    OR cutoffs.window_end > covered.last_day

-- rule: a model that learnt from a window which ends after the cutoff
SELECT learnt.model_cutoff, learnt.division, learnt.population, learnt.learner, learnt.learnt_at, cutoffs.window_days
FROM (
    SELECT *, unnest(string_split(training_cutoffs, ', '))::DATE AS learnt_at
    FROM whitespace.models
    WHERE training_cutoffs != '' AND model_cutoff IN (SELECT cutoff_date FROM whitespace.holdout_metrics)
) AS learnt
JOIN whitespace.cutoffs AS cutoffs ON cutoffs.cutoff_date = learnt.model_cutoff
WHERE learnt.learnt_at + cutoffs.window_days::INTEGER > learnt.model_cutoff

-- rule: labels that are not what the transactions of the window come to
SELECT labels.cutoff_date, labels.division, labels.labelled, coalesce(bought.amount, 0) AS bought
FROM (
    SELECT cutoff_date, division, round(sum(net_amount), 2) AS labelled
    FROM whitespace.labels
    WHERE cutoff_date IN (SELECT cutoff_date FROM whitespace.holdout_metrics)
    GROUP BY cutoff_date, division
) AS labels
LEFT JOIN (
    SELECT cutoffs.cutoff_date, facts.division, round(sum(facts.amount)::DOUBLE, 2) AS amount
    FROM whitespace.cutoffs AS cutoffs
    JOIN sales.fact_transactions AS facts
        ON facts.order_date > cutoffs.cutoff_date AND facts.order_date <= cutoffs.window_end
    WHERE (cutoffs.cutoff_date, facts.customer_id, facts.division) IN
        (SELECT (cutoff_date, customer_id, division) FROM whitespace.labels)
    GROUP BY cutoffs.cutoff_date, facts.division
) AS bought USING (cutoff_date, division)
WHERE abs(labels.labelled - coalesce(bought.amount, 0)) > 0.01

-- rule: a pair that was not judged, or in another population
SELECT labels.cutoff_date, labels.customer_id, labels.division, labels.population, predictions.population AS predicted_as
FROM whitespace.labels AS labels
LEFT JOIN whitespace.predictions AS predictions
    ON predictions.model_cutoff = labels.cutoff_date
    AND predictions.cutoff_date = labels.cutoff_date
    AND predictions.customer_id = labels.customer_id
    AND predictions.division = labels.division
WHERE labels.cutoff_date IN (SELECT cutoff_date FROM whitespace.holdout_metrics)
    AND labels.division IN (SELECT division FROM whitespace.holdout_metrics)
    AND labels.population IS DISTINCT FROM predictions.population
