-- Quotes that do not stand in the input they were taken from, to the letter. A score of an earlier input is passed over:
-- what it was taken from is not kept.
SELECT elements.opportunity_id, elements.framework, elements.element, elements.quote
FROM scoring.score_elements AS elements
JOIN scoring.opportunity_scores AS scores USING (opportunity_id)
JOIN scoring.scorer_inputs AS inputs USING (opportunity_id, input_hash)
WHERE elements.quote IS NOT NULL
    AND NOT coalesce(contains(inputs.metrics, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.economic_buyer, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.decision_criteria, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.decision_process, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.paper_process, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.identify_pain, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.champion, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.competition, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.notes, elements.quote), FALSE)
    AND NOT coalesce(contains(inputs.next_step, elements.quote), FALSE)
    AND NOT contains(inputs.contacts, elements.quote)
ORDER BY ALL
