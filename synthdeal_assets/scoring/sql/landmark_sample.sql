-- The deals of a month end that are looked at when not all can be: always the same ones, whoever asks and whenever.
SELECT opportunity_id
FROM crm.landmarks
WHERE landmark_date = $day
ORDER BY md5(opportunity_id || ' ' || landmark_date::VARCHAR)
LIMIT $most
