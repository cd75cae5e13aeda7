-- Who has judged the present deals: of each scorer the model and version with the most scores.
SELECT scorer, model, prompt_version
FROM scoring.opportunity_scores
GROUP BY scorer, model, prompt_version
QUALIFY row_number() OVER (PARTITION BY scorer ORDER BY count(*) DESC, model, prompt_version) = 1
ORDER BY scorer
