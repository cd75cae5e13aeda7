-- Scores of landmarks that are no longer on record, or were made of another input than the one that is. Those of later days
-- than the world's stay: it has been set back, and they will be landmarks again.
DELETE FROM scoring.landmark_scores AS scores
WHERE scores.landmark_date <= $as_of
    AND NOT EXISTS (
        FROM landmark_keys AS keys
        WHERE keys.landmark_date = scores.landmark_date
            AND keys.opportunity_id = scores.opportunity_id
            AND keys.input_hash = scores.input_hash
    )
