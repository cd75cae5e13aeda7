-- rule: fitted_until
-- A correction must end before the evidence of a closed deal was frozen.
SELECT chances.opportunity_id, chances.fitted_until, inputs.snapshot_date, deals.close_date
FROM scoring.calibrated_probabilities AS chances
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE deals.is_closed AND chances.fitted_until >= least(inputs.snapshot_date, deals.close_date)
-- rule: fitted_deals
-- The deals to learn from, counted anew: those of the same scorer, renewals for renewals and others for others, that had
-- closed before, after their own evidence.
WITH lessons AS (
    SELECT
        chances.scorer,
        chances.model,
        chances.prompt_version,
        deals.type = 'Existing Customer - Renewal' AS is_renewal,
        deals.close_date,
        count(*) AS closed_that_day
    FROM scoring.calibrated_probabilities AS chances
    JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
    JOIN crm.opportunities AS deals USING (opportunity_id)
    WHERE deals.is_closed AND inputs.snapshot_date < deals.close_date
    GROUP BY ALL
),
recounted AS (
    SELECT
        chances.opportunity_id,
        any_value(chances.fitted_deals) AS fitted_deals,
        any_value(chances.fitted_until) AS fitted_until,
        coalesce(sum(lessons.closed_that_day), 0) AS deals_before,
        max(lessons.close_date) AS last_day_before
    FROM scoring.calibrated_probabilities AS chances
    JOIN scoring.scorer_inputs AS inputs USING (opportunity_id)
    JOIN crm.opportunities AS deals USING (opportunity_id)
    LEFT JOIN lessons
        ON lessons.scorer = chances.scorer
        AND lessons.model = chances.model
        AND lessons.prompt_version = chances.prompt_version
        AND lessons.is_renewal = (deals.type = 'Existing Customer - Renewal')
        AND (NOT deals.is_closed OR lessons.close_date < inputs.snapshot_date)
    GROUP BY chances.opportunity_id
)
SELECT opportunity_id, fitted_deals, deals_before, fitted_until, last_day_before
FROM recounted
WHERE fitted_deals <> deals_before OR fitted_until <> last_day_before
