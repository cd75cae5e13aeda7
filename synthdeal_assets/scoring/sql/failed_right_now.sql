-- Opportunities that are failed right now, and what becomes of them.
SELECT
    opportunity_id,
    kind,
    message,
    attempts,
    coalesce('tried again after ' || strftime(next_attempt_at, '%Y-%m-%d %H:%M') || ' UTC', 'given up') AS next
FROM scoring.score_failures
ORDER BY opportunity_id
