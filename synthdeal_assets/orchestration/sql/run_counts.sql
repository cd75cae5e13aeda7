-- What each of the given runs did, as the warehouse knows it. Parameter: run_ids (list of run ids).
WITH asked AS (
    SELECT unnest($run_ids) AS run_id
),
judged AS (
    SELECT run_id FROM scoring.opportunity_scores
    UNION ALL
    SELECT run_id FROM scoring.score_history
)
SELECT
    asked.run_id,
    (SELECT any_value(as_of) FROM report.executive_reports AS report WHERE report.run_id = asked.run_id) AS as_of,
    (SELECT any_value(size) FROM report.executive_reports AS report WHERE report.run_id = asked.run_id)
        AS opportunities,
    (SELECT count(*) FROM judged WHERE judged.run_id = asked.run_id) AS scored,
    (SELECT count(*) FROM scoring.score_failures AS failure WHERE failure.run_id = asked.run_id) AS failed,
    (
        -- By the ledger: a score from there was paid for earlier, and a request that failed may have cost something.
        -- sum() would pass over unknown costs and call the rest the total.
        SELECT CASE WHEN count(*) = count(cost_usd) THEN coalesce(sum(cost_usd), 0) END
        FROM scoring.llm_calls AS calls
        WHERE calls.run_id = asked.run_id
    ) AS cost_usd
FROM asked
