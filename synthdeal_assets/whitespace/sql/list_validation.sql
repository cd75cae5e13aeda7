-- What became of the list of a cutoff in the window after it: all pairs, and those that reps had time for.
SELECT
    count(*) AS pairs,
    coalesce(avg(CAST(labels.bought AS DOUBLE)), 0) AS share_bought,
    count(*) FILTER (WHERE list.within_capacity) AS worked_on,
    avg(CAST(labels.bought AS DOUBLE)) FILTER (WHERE list.within_capacity) AS worked_on_share_bought
FROM whitespace.whitespace AS list
INNER JOIN whitespace.labels USING (cutoff_date, customer_id, division)
WHERE list.cutoff_date = $cutoff
