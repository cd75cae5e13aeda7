-- rule: open on the day for one of the two alone
SELECT
    opportunity_id,
    landmark_date,
    record.opportunity_id IS NOT NULL AS is_on_record,
    truth.opportunity_id IS NOT NULL AS is_true
FROM crm.landmarks AS record FULL JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date)
WHERE record.opportunity_id IS NULL OR truth.opportunity_id IS NULL

-- rule: known with another outcome, or too early
SELECT opportunity_id, landmark_date, outcome_30, outcome_90, record.outcome, truth.outcome AS true_outcome, outcome_date
FROM crm.landmarks AS record JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date) CROSS JOIN crm.world
WHERE record.outcome IS DISTINCT FROM CASE WHEN outcome_date <= as_of THEN truth.outcome END
    OR outcome_30 IS DISTINCT FROM CASE
        WHEN landmark_date + 30 > as_of THEN NULL
        WHEN outcome_date <= landmark_date + 30 THEN truth.outcome
        ELSE 'Open'
    END
    OR outcome_90 IS DISTINCT FROM CASE
        WHEN landmark_date + 90 > as_of THEN NULL
        WHEN outcome_date <= landmark_date + 90 THEN truth.outcome
        ELSE 'Open'
    END
