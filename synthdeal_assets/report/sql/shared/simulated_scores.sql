WITH simulated_scores AS (
    SELECT score.opportunity_id, score.scorer, score.model, score.prompt_version
    FROM scoring.opportunity_scores AS score
    INNER JOIN scoring.llm_calls AS call
        ON call.purpose = 'scoring'
        AND call.subject_id = score.opportunity_id
        AND call.model = score.model
        AND call.prompt_version = score.prompt_version
    WHERE call.status = 'success'
    QUALIFY
        row_number() OVER (PARTITION BY score.opportunity_id ORDER BY call.asked_at DESC, call.call_id) = 1
        AND contains(call.response_model, {{ simulated_mark | literal }})
)
