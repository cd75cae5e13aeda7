-- One row for each opportunity of a month end whose texts are on record, with what was really so on that day and how it has
-- ended since. Read only to measure judgements of it.
SELECT
    texts.opportunity_id,
    CASE record.outcome WHEN 'Closed Won' THEN 'won' WHEN 'Closed Lost' THEN 'lost' ELSE 'open' END AS state,
    born.planted_instruction IS NOT NULL AS has_planted_instruction,
    truth.win_probability AS true_win_probability,
    {% include "true_levels.sql" %},
    record.stage_name,
    texts.landmark_date AS snapshot_date,
    truth.outcome_date AS close_date,
    record.outcome IS NOT NULL AS is_closed,
    coalesce(record.outcome = 'Closed Won', false) AS is_won
FROM crm.landmark_texts AS texts
JOIN crm.landmarks AS record USING (opportunity_id, landmark_date)
JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date)
JOIN truth.opportunities AS born USING (opportunity_id)
WHERE texts.landmark_date = $day
ORDER BY texts.opportunity_id
