WITH unconfirmed AS (
    SELECT judged.opportunity_id, judged.element, deal.amount, (judged.counted_level < 2)::INTEGER AS is_open
    FROM scoring.score_elements AS judged
    INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
    WHERE
        NOT deal.is_closed
        AND judged.framework = 'MEDDPICC'
        AND deal.forecast_category IN ('Best Case', 'Commit')
),
widest AS (
    SELECT element, sum(is_open)::BIGINT AS deals, sum(amount * is_open) AS amount
    FROM unconfirmed
    GROUP BY element
    ORDER BY deals DESC, amount DESC, element
    LIMIT 1
),
widest_gap AS (
    SELECT
        opportunity_id,
        avg(is_open) FILTER (WHERE element IN (SELECT element FROM widest))
            - avg(is_open) FILTER (WHERE element NOT IN (SELECT element FROM widest)) AS apart
    FROM unconfirmed
    GROUP BY opportunity_id
)
