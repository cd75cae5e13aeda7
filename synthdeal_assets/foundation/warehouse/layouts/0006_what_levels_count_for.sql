-- table: scoring.score_elements
ALTER TABLE scoring.score_elements ADD COLUMN counted_level INTEGER DEFAULT 0;
ALTER TABLE scoring.score_elements ALTER COLUMN counted_level DROP DEFAULT;
ALTER TABLE scoring.score_elements ALTER COLUMN counted_level SET NOT NULL;
UPDATE scoring.score_elements SET counted_level = CASE WHEN quote_rejected THEN level // 2 ELSE level END;

-- table: scoring.opportunity_scores
-- The elements are made with this table. Models were always asked to quote what a level rests on; who else judged may do
-- without quotes.
UPDATE scoring.score_elements AS elements
SET counted_level = elements.level // 2
FROM scoring.opportunity_scores AS scores
WHERE scores.opportunity_id = elements.opportunity_id
    AND elements.quote IS NULL
    AND scores.scorer IN ('openai', 'anthropic');
-- Each sum in the order in which the rubric adds, and rounded as Python rounds, which round() does not.
UPDATE scoring.opportunity_scores AS scores
SET
    score = format(
        '{:.1f}',
        40 * counted.weighted / 300
        + 25 * ((counted.metrics / 3 + counted.identify_pain / 3 + counted.need / 4 + counted.budget / 4) / 4)
        + 20 * ((counted.economic_buyer / 3 + counted.champion / 3 + counted.authority / 4) / 3)
        + 15 * (
            (
                counted.decision_criteria / 3
                + counted.decision_process / 3
                + counted.paper_process / 3
                + counted.timeline / 4
            ) / 4
        )
    )::DOUBLE,
    meddpicc_score = format('{:.1f}', counted.weighted / 3)::DOUBLE,
    bant_score = counted.budget + counted.authority + counted.need + counted.timeline
FROM (
    SELECT
        *,
        15 * (metrics + economic_buyer + identify_pain + champion)
        + 10 * (decision_criteria + decision_process + paper_process + competition) AS weighted
    FROM (
        PIVOT (
            SELECT opportunity_id, element, counted_level
            FROM scoring.score_elements
            WHERE opportunity_id IN (
                    SELECT opportunity_id
                    FROM scoring.score_elements
                    GROUP BY opportunity_id
                    HAVING bool_or(counted_level < level) AND count(*) = 12
                )
        )
        ON element IN (
            'metrics', 'economic_buyer', 'decision_criteria', 'decision_process', 'paper_process', 'identify_pain',
            'champion', 'competition', 'budget', 'authority', 'need', 'timeline'
        )
        USING max(counted_level)
        GROUP BY opportunity_id
    )
) AS counted
WHERE counted.opportunity_id = scores.opportunity_id;
