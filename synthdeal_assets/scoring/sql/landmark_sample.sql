-- The deals of a month end that are looked at when not all can be: always the same ones, whoever asks and whenever.
SELECT opportunity_id
FROM crm.landmarks JOIN crm.opportunities USING (opportunity_id)
WHERE landmark_date = $day AND type <> 'Existing Customer - Renewal'
ORDER BY md5(opportunity_id || ' ' || landmark_date::VARCHAR)
LIMIT $most
