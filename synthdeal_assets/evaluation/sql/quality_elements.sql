-- The judged levels of each scored opportunity side by side, and how many of its quotes stand in the input or do not.
SELECT
    opportunity_id,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'metrics') AS metrics,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'economic_buyer') AS economic_buyer,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'decision_criteria') AS decision_criteria,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'decision_process') AS decision_process,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'paper_process') AS paper_process,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'identify_pain') AS identify_pain,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'champion') AS champion,
    max(level) FILTER (framework = 'MEDDPICC' AND element = 'competition') AS competition,
    count(*) FILTER (quote IS NOT NULL) AS valid_quotes,
    count(*) FILTER (quote_rejected) AS rejected_quotes
FROM scoring.score_elements
GROUP BY opportunity_id
