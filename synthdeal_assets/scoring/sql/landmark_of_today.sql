-- The inputs of the deals that are open at the end of a month which is today: the landmark that this day is about to be.
SELECT $as_of::DATE AS landmark_date, inputs.opportunity_id, inputs.input_hash
FROM scoring.scorer_inputs AS inputs
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE NOT deals.is_closed AND deals.type <> 'Existing Customer - Renewal'
ORDER BY inputs.opportunity_id
