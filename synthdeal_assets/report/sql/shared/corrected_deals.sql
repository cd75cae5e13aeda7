{% include "shared/main_scorer.sql" %}
, corrected_deals AS (
    SELECT
        chances.win_probability AS as_given,
        chances.calibrated_win_probability AS corrected,
        chances.fitted_deals,
        deal.is_won
    FROM scoring.calibrated_probabilities AS chances
    INNER JOIN main_scorer USING (scorer, model, prompt_version)
    INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
    INNER JOIN scoring.scorer_inputs AS input USING (opportunity_id)
    WHERE
        deal.is_closed
        AND input.snapshot_date < deal.close_date
        AND chances.calibrated_win_probability IS NOT NULL
)
