{% include "shared/quarter.sql" %}
, {% include "shared/chances.sql" %}
, shown_flags AS (
    SELECT flag.opportunity_id, flag.flag, flag.scorer, flag.value, flag.threshold
    FROM scoring.flags AS flag
    INNER JOIN quarter ON flag.flag_date = quarter.as_of
    INNER JOIN scoring.flag_records AS record USING (scorer, flag)
    WHERE flag.is_flagged AND flag.is_shown AND record.is_shown
    QUALIFY row_number() OVER (PARTITION BY flag.opportunity_id ORDER BY record.p_value, flag.flag) = 1
),
moves AS (
    SELECT opportunity_id, count(*) AS moved_out
    FROM (
        SELECT
            opportunity_id,
            close_date > lag(close_date) OVER (PARTITION BY opportunity_id ORDER BY sequence) AS is_later
        FROM crm.opportunity_stages
    )
    WHERE is_later
    GROUP BY opportunity_id
),
{% set learnt = "leading_way.way IN ('learnt', 'learnt without the score')" %}
leading_way AS (
    SELECT any_value(total.way) AS way
    FROM scoring.forecast_totals AS total
    INNER JOIN quarter ON total.forecast_date = quarter.as_of
    WHERE total.is_headline AND total.horizon = 'end'
),
-- What each open deal counts for, what is to be said of it first, and the money that this is about.
attention AS (
    SELECT
        deal.opportunity_id,
        deal.amount,
        chances.chance,
        deal.amount * chances.chance AS counted,
        deal.amount * deal.probability / 100 AS by_stage,
        -- What the forecast or, where none was learnt, the score says against the stage; a score that adds nothing
        -- to the stage says nothing.
        CASE
            WHEN {{ learnt }} THEN counted
            WHEN {{ score_adds_nothing }} THEN NULL
            ELSE deal.amount * score.win_probability
        END AS supported,
        shown_flags.flag,
        shown_flags.scorer AS flag_scorer,
        shown_flags.value AS flag_value,
        shown_flags.threshold AS flag_threshold,
        coalesce(moves.moved_out, 0) AS moved_out,
        CASE
            WHEN shown_flags.flag IS NOT NULL THEN 'flag'
            WHEN deal.close_date < quarter.as_of THEN 'overdue'
            WHEN deal.close_date <= quarter.as_of + {{ soon }} AND deal.forecast_category = 'Pipeline' THEN 'early'
            WHEN moved_out >= 2 THEN 'slipped'
            WHEN supported < by_stage THEN 'gap'
            ELSE 'large'
        END AS reason,
        if(reason = 'gap', by_stage - supported, counted) AS at_stake
    FROM {{ new_business }} AS deal
    CROSS JOIN quarter
    CROSS JOIN leading_way
    INNER JOIN chances USING (opportunity_id)
    LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
    LEFT JOIN shown_flags USING (opportunity_id)
    LEFT JOIN moves USING (opportunity_id)
)
