-- Marks the scores that were made from another input than the one that could not be scored.
UPDATE scoring.opportunity_scores AS scores
SET is_stale = TRUE
FROM failed_inputs AS failed
WHERE scores.opportunity_id = failed.opportunity_id AND scores.input_hash <> failed.input_hash
