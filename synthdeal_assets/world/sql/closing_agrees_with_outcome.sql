-- rule: lost_reason
SELECT opportunity_id, stage_name, lost_reason
FROM crm.opportunities
WHERE (lost_reason IS NOT NULL) <> (stage_name = 'Closed Lost')

-- rule: competitor
SELECT opportunity_id, stage_name, lost_reason, competitor
FROM crm.opportunities
WHERE (NOT is_closed AND competitor IS NOT NULL) OR (lost_reason = 'Lost to Competitor' AND competitor IS NULL)

-- rule: closing_note
SELECT opportunity_id, is_closed, closing_note
FROM crm.opportunities
WHERE (closing_note IS NOT NULL) <> is_closed

-- rule: next_step
SELECT opportunity_id, next_step
FROM crm.opportunities
WHERE is_closed AND next_step IS NOT NULL

-- rule: change of a field on another day than that of the closing
SELECT opportunity_id, field, field_history.created_date, close_date, is_closed
FROM crm.field_history JOIN crm.opportunities USING (opportunity_id)
WHERE NOT is_closed OR field_history.created_date <> close_date
