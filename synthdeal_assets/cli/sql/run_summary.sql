-- What one run did. Parameter: run_id.
SELECT
    (SELECT any_value(as_of) FROM crm.world) AS as_of,
    (SELECT count(*) FROM scoring.scorer_inputs) AS opportunities,
    (SELECT count(*) FROM scoring.opportunity_scores WHERE run_id = $run_id) AS scored_now,
    (SELECT count(*) FROM scoring.opportunity_scores WHERE run_id != $run_id AND NOT is_stale) AS scored_before,
    (SELECT count(*) FROM scoring.score_failures) AS failed,
    given.quotes,
    given.quotes_rejected
FROM (
    SELECT
        count(*) FILTER (elements.quote IS NOT NULL OR elements.quote_rejected) AS quotes,
        count(*) FILTER (elements.quote_rejected) AS quotes_rejected
    FROM scoring.score_elements AS elements
    JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
    WHERE scores.run_id = $run_id
) AS given
