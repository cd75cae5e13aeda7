WITH closed_forecasts AS (
    SELECT deal.amount, deal.is_won, score.win_probability
    FROM {{ new_business }} AS deal
    INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
    INNER JOIN scoring.scorer_inputs AS input USING (opportunity_id)
    WHERE deal.is_closed AND input.snapshot_date < deal.close_date
)
