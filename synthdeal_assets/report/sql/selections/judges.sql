SELECT scorer, model, prompt_version
FROM scoring.opportunity_scores
GROUP BY ALL
ORDER BY count(*) DESC, scorer, model, prompt_version
