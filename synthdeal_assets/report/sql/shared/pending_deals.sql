WITH present_scores AS (
    SELECT score.*, coalesce(failure.scorer != score.scorer, false) AS is_substitute
    FROM scoring.opportunity_scores AS score
    INNER JOIN scoring.scorer_inputs AS input USING (opportunity_id, input_hash)
    LEFT JOIN scoring.score_failures AS failure USING (opportunity_id, input_hash)
    WHERE NOT score.is_stale
),
newest_judge AS (
    SELECT scorer, model, prompt_version
    FROM scoring.opportunity_scores AS score
    ANTI JOIN (FROM present_scores WHERE is_substitute) AS substitute USING (opportunity_id)
    ORDER BY scored_at DESC, opportunity_id
    LIMIT 1
),
pending_deals AS (
    SELECT
        input.opportunity_id,
        failure.opportunity_id IS NOT NULL AS has_failed,
        score.opportunity_id IS NOT NULL AS has_earlier_judge
    FROM scoring.scorer_inputs AS input
    LEFT JOIN present_scores AS score USING (opportunity_id)
    LEFT JOIN scoring.score_failures AS failure USING (opportunity_id)
    LEFT JOIN newest_judge
        ON
            score.scorer = newest_judge.scorer
            AND score.model = newest_judge.model
            AND score.prompt_version = newest_judge.prompt_version
    WHERE newest_judge.scorer IS NULL AND NOT coalesce(score.is_substitute, false)
)
