-- Questions that have a valid answer from the time that is asked for or later.
SELECT DISTINCT key
FROM {{ calls }}
WHERE status = 'success'
    AND purpose = $purpose
    AND key IN (SELECT asked_keys.key FROM asked_keys)
    AND ($not_before IS NULL OR asked_at >= $not_before)
ORDER BY key
