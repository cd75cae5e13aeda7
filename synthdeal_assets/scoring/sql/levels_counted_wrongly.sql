-- Levels that count for something else than the rubric says. Where no quote was given at all, whether one was owed is the
-- scorer's contract, which is not on record.
SELECT opportunity_id, framework, element, level, counted_level
FROM scoring.score_elements
WHERE CASE
        WHEN quote IS NOT NULL THEN counted_level != level
        WHEN quote_rejected THEN counted_level != level // {{ divisor }}
        ELSE counted_level NOT IN (level, level // {{ divisor }})
    END
ORDER BY ALL
