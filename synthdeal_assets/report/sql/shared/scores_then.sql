scores_then AS (
    SELECT judged.opportunity_id, judged.score
    FROM (
        SELECT opportunity_id, score, scored_at FROM scoring.opportunity_scores
        UNION ALL
        SELECT opportunity_id, score, scored_at FROM scoring.score_history
    ) AS judged
    INNER JOIN report.executive_reports AS report
        ON report.report_id = {{ report_id | literal }} AND judged.scored_at <= report.created_at
    QUALIFY row_number() OVER (PARTITION BY judged.opportunity_id ORDER BY judged.scored_at DESC) = 1
)
