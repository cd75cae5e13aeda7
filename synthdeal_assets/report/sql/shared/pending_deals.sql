WITH pending_deals AS (
    SELECT input.opportunity_id, failure.opportunity_id IS NOT NULL AS has_failed
    FROM scoring.scorer_inputs AS input
    LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
    LEFT JOIN scoring.score_failures AS failure USING (opportunity_id)
    WHERE NOT coalesce(score.input_hash = input.input_hash AND NOT score.is_stale, false)
)
