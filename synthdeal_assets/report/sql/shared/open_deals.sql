WITH stage_minimums(stage_name, minimum) AS (
    VALUES {% for stage in stages %}({{ stage.name | literal }}, {{ stage.minimum }}){{ ", " if not loop.last }}{% endfor %}

),
meddpicc AS (
    SELECT
        opportunity_id,
        sum(counted_level) AS levels,
        max(counted_level) FILTER (WHERE element = 'economic_buyer') AS economic_buyer,
        max(counted_level) FILTER (WHERE element = 'champion') AS champion
    FROM scoring.score_elements
    WHERE framework = 'MEDDPICC'
    GROUP BY opportunity_id
),
open_deals AS (
    SELECT
        deal.opportunity_id,
        deal.name,
        account.name AS account,
        account.segment,
        deal.stage_name,
        deal.forecast_category,
        deal.amount,
        deal.created_date,
        deal.close_date,
        deal.amount * deal.probability / 100 AS weighted,
        score.score,
        score.win_probability,
        deal.amount * score.win_probability AS adjusted,
        meddpicc.levels,
        stage_minimums.minimum,
        deal.forecast_category IN ('Best Case', 'Commit') AS is_late,
        deal.close_date < world.as_of AS is_overdue,
        greatest(date_diff('day', deal.close_date, world.as_of), 0) AS days_overdue,
        deal.close_date BETWEEN world.as_of AND world.as_of + 30 AS closes_soon,
        coalesce(score.input_hash = input.input_hash AND NOT score.is_stale, false) AS has_present_score,
        is_late AND coalesce(meddpicc.levels < stage_minimums.minimum, false) AS is_below_minimum,
        is_late AND coalesce(meddpicc.economic_buyer = 0, false) AS lacks_economic_buyer,
        is_late AND coalesce(meddpicc.champion = 0, false) AS lacks_champion,
        is_late AND NOT has_present_score AS is_late_unscored
    FROM {{ new_business }} AS deal
    CROSS JOIN crm.world AS world
    INNER JOIN crm.accounts AS account USING (account_id)
    LEFT JOIN stage_minimums USING (stage_name)
    LEFT JOIN scoring.scorer_inputs AS input USING (opportunity_id)
    LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
    LEFT JOIN meddpicc USING (opportunity_id)
    WHERE NOT deal.is_closed
)
