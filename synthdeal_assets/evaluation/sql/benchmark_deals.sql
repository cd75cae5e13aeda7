-- One row for each opportunity that can be scored and is no renewal: its input, what is really so, and how it ends; won is
-- NULL where it ended on the day of its evidence. Read only to measure judgements of it.
SELECT
    inputs.*,
    {% include "true_levels.sql" %},
    truth.win_probability AS true_win_probability,
    truth.planted_instruction,
    truth.clean_notes,
    CASE WHEN NOT deals.is_closed THEN 'open' WHEN deals.is_won THEN 'won' ELSE 'lost' END AS state,
    CASE
        WHEN NOT deals.is_closed THEN truth.outcome = 'Closed Won'
        WHEN inputs.snapshot_date < deals.close_date THEN deals.is_won
    END AS won
FROM scoring.scorer_inputs AS inputs
JOIN truth.opportunities AS truth USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE deals.type <> 'Existing Customer - Renewal'
ORDER BY inputs.opportunity_id
