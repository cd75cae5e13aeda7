-- table: scoring.score_comparisons
-- A row of before held two sides; each becomes a row, that of the left first. A column cannot be filled and then be made
-- NOT NULL in one transaction, so the table is made anew.
ALTER TABLE scoring.score_comparisons RENAME TO score_comparisons_of_before;
CREATE TABLE scoring.score_comparisons (
    comparison_id VARCHAR NOT NULL,
    compared_at TIMESTAMP NOT NULL,
    seed BIGINT,
    sampled BIGINT NOT NULL,
    landmark_date DATE,
    cases_hash VARCHAR,
    side INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    scorer VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    prompt_version VARCHAR NOT NULL,
    endpoint VARCHAR,
    repeats INTEGER NOT NULL,
    measure VARCHAR NOT NULL,
    element VARCHAR NOT NULL,
    value DOUBLE,
    lowest DOUBLE,
    highest DOUBLE,
    difference DOUBLE,
    standard_error DOUBLE,
    low DOUBLE,
    high DOUBLE,
    p_value DOUBLE,
    p_value_of_many DOUBLE,
    unit VARCHAR NOT NULL,
    better VARCHAR NOT NULL,
    opportunities BIGINT NOT NULL,
    verdict VARCHAR,
    verdict_of_many VARCHAR,
    explanation VARCHAR NOT NULL
);
INSERT INTO scoring.score_comparisons
SELECT
    before.comparison_id,
    before.compared_at,
    before.seed,
    before.sampled,
    before.landmark_date,
    NULL AS cases_hash,
    sides.side,
    CASE sides.side WHEN 1 THEN before.left_scorer ELSE before.right_scorer END AS name,
    CASE sides.side WHEN 1 THEN before.left_scorer ELSE before.right_scorer END AS scorer,
    CASE sides.side WHEN 1 THEN before.left_model ELSE before.right_model END AS model,
    CASE sides.side WHEN 1 THEN before.left_prompt_version ELSE before.right_prompt_version END AS prompt_version,
    NULL AS endpoint,
    1 AS repeats,
    before.measure,
    before.element,
    CASE sides.side WHEN 1 THEN before.left_value ELSE before.right_value END AS value,
    NULL AS lowest,
    NULL AS highest,
    CASE sides.side WHEN 2 THEN before.difference END AS difference,
    NULL AS standard_error,
    CASE sides.side WHEN 2 THEN before.low END AS low,
    CASE sides.side WHEN 2 THEN before.high END AS high,
    NULL AS p_value,
    NULL AS p_value_of_many,
    before.unit,
    before.better,
    before.opportunities,
    CASE sides.side WHEN 2 THEN
        CASE before.verdict
            WHEN 'right is better' THEN 'better' WHEN 'left is better' THEN 'worse' ELSE before.verdict
        END
    END AS verdict,
    NULL AS verdict_of_many,
    before.explanation
FROM scoring.score_comparisons_of_before AS before
CROSS JOIN (VALUES (1), (2)) AS sides (side)
ORDER BY before.rowid, sides.side;
DROP TABLE scoring.score_comparisons_of_before;
COMMENT ON TABLE scoring.score_comparisons IS
'One figure of one side from a comparison of scorers, models, prompts or endpoints on the same deals, and how far it is from that of the first side.';
COMMENT ON COLUMN scoring.score_comparisons.comparison_id IS
'The comparison.';
COMMENT ON COLUMN scoring.score_comparisons.compared_at IS
'When, UTC.';
COMMENT ON COLUMN scoring.score_comparisons.seed IS
'Seed with which the sample was drawn; NULL for a file of cases.';
COMMENT ON COLUMN scoring.score_comparisons.sampled IS
'Deals in the sample.';
COMMENT ON COLUMN scoring.score_comparisons.landmark_date IS
'Month end at which the deals were open, and as of which they were judged; NULL for the present deals.';
COMMENT ON COLUMN scoring.score_comparisons.cases_hash IS
'SHA-256 of the file of cases; NULL for deals of the world.';
COMMENT ON COLUMN scoring.score_comparisons.side IS
'Place of the side in the comparison; the others are held against 1.';
COMMENT ON COLUMN scoring.score_comparisons.name IS
'The side as the command named it.';
COMMENT ON COLUMN scoring.score_comparisons.scorer IS
'Its scorer.';
COMMENT ON COLUMN scoring.score_comparisons.model IS
'Its model.';
COMMENT ON COLUMN scoring.score_comparisons.prompt_version IS
'Its version of the prompt or rules.';
COMMENT ON COLUMN scoring.score_comparisons.endpoint IS
'Host, port and path of the endpoint, or its name; NULL where none is asked, and for comparisons that earlier versions made.';
COMMENT ON COLUMN scoring.score_comparisons.repeats IS
'How often each deal was asked about.';
COMMENT ON COLUMN scoring.score_comparisons.measure IS
'What is measured, as in scoring.score_quality, or only here, such as weighted_kappa or latency; could_not_judge counts the deals that were left out.';
COMMENT ON COLUMN scoring.score_comparisons.element IS
'The MEDDPICC element, or ''all''.';
COMMENT ON COLUMN scoring.score_comparisons.value IS
'The figure, the mean of the repeats; NULL when it cannot be computed.';
COMMENT ON COLUMN scoring.score_comparisons.lowest IS
'The lowest of the repeats; NULL where there are none.';
COMMENT ON COLUMN scoring.score_comparisons.highest IS
'The highest of the repeats; NULL where there are none.';
COMMENT ON COLUMN scoring.score_comparisons.difference IS
'This side less the first one; NULL for the first one, and when it cannot be computed.';
COMMENT ON COLUMN scoring.score_comparisons.standard_error IS
'Standard error of the difference; NULL without one.';
COMMENT ON COLUMN scoring.score_comparisons.low IS
'Lower end of the 95% interval of the difference.';
COMMENT ON COLUMN scoring.score_comparisons.high IS
'Upper end of the 95% interval of the difference.';
COMMENT ON COLUMN scoring.score_comparisons.p_value IS
'Chance of a difference so far from 0 where there is none; NULL without an interval.';
COMMENT ON COLUMN scoring.score_comparisons.p_value_of_many IS
'The same after Holm''s correction for all figures of the comparison; NULL without an interval.';
COMMENT ON COLUMN scoring.score_comparisons.unit IS
'Unit of the figures.';
COMMENT ON COLUMN scoring.score_comparisons.better IS
'Whether more or less of it is better.';
COMMENT ON COLUMN scoring.score_comparisons.opportunities IS
'Deals that all sides scored and that the figure is about.';
COMMENT ON COLUMN scoring.score_comparisons.verdict IS
'Whether the side is better than the first one: the interval of the difference excludes 0. Alike: it is 0 in every resample. NULL for the first one.';
COMMENT ON COLUMN scoring.score_comparisons.verdict_of_many IS
'The verdict where it also holds after the correction for all figures, else cannot tell; NULL for the first side, and for comparisons that earlier versions made.';
COMMENT ON COLUMN scoring.score_comparisons.explanation IS
'What the figure or its difference means, in plain words.';
