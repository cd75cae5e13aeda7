-- Copies scores that are about to be replaced, or whose opportunity has left the world, to the history.
INSERT INTO scoring.score_history BY NAME
SELECT scores.* EXCLUDE (is_stale), leaving.replaced_at, leaving.replaced_by_run_id
FROM scoring.opportunity_scores AS scores
JOIN leaving_scores AS leaving USING (opportunity_id)
