-- rule: opportunity without its truth
SELECT opportunity_id
FROM crm.opportunities ANTI JOIN truth.opportunities USING (opportunity_id)

-- rule: closed with another outcome
SELECT opportunity_id, stage_name, close_date, outcome, outcome_date
FROM crm.opportunities JOIN truth.opportunities USING (opportunity_id)
WHERE is_closed AND (stage_name <> outcome OR close_date <> outcome_date)

-- rule: open after its end
SELECT opportunity_id, stage_name, outcome_date, as_of
FROM crm.opportunities JOIN truth.opportunities USING (opportunity_id) CROSS JOIN crm.world
WHERE NOT is_closed AND outcome_date <= as_of

-- rule: ended before it began or open for more than 300 days
SELECT opportunity_id, created_date, outcome_date
FROM crm.opportunities JOIN truth.opportunities USING (opportunity_id)
WHERE outcome_date < created_date OR outcome_date > created_date + 300

-- rule: planted instruction and clean notes not together
SELECT opportunity_id, planted_instruction, clean_notes
FROM truth.opportunities
WHERE (planted_instruction IS NULL) <> (clean_notes IS NULL)

-- rule: wrong stage not marked
SELECT opportunity_id, stage_name, true_stage, has_wrong_stage
FROM crm.opportunities JOIN truth.opportunities USING (opportunity_id)
WHERE NOT is_closed AND NOT has_wrong_stage AND stage_name <> true_stage

-- rule: champion who left before the deal began or after its end
SELECT opportunity_id, created_date, champion_left_date, outcome_date
FROM crm.opportunities JOIN truth.opportunities USING (opportunity_id)
WHERE champion_left_date NOT BETWEEN created_date AND outcome_date - 1

-- rule: champion who left and was never found to have
SELECT opportunity_id, champion_left_date, outcome_date
FROM truth.opportunities CROSS JOIN crm.world
WHERE champion_left_date + {{ found_out_within }} < least(outcome_date, as_of + 1)
    AND NOT EXISTS (
        FROM crm.opportunity_contact_roles AS roles JOIN crm.contacts USING (contact_id)
        WHERE roles.opportunity_id = truth.opportunities.opportunity_id AND left_date = champion_left_date
    )
