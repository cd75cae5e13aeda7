-- One row for each opportunity that carries a planted instruction: its input, its notes without the instruction, and
-- the score of its present input, NULL when there is none. Read only to measure what the instruction does.
SELECT
    inputs.*,
    truth.planted_instruction,
    truth.clean_notes,
    scores.scorer,
    scores.model,
    scores.prompt_version,
    scores.score,
    scores.win_probability
FROM scoring.scorer_inputs AS inputs
JOIN truth.opportunities AS truth USING (opportunity_id)
LEFT JOIN scoring.opportunity_scores AS scores
    ON scores.opportunity_id = inputs.opportunity_id AND scores.input_hash = inputs.input_hash
WHERE truth.planted_instruction IS NOT NULL AND truth.clean_notes IS NOT NULL
ORDER BY inputs.opportunity_id
