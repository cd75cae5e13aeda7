-- Figures in which a scorer is worse than the heuristic on the same deals: the whole interval of the gain is below 0.
SELECT scorer, model, prompt_version, measure, value, low, high, opportunities
FROM scoring.score_quality
WHERE role = 'scorer' AND measure LIKE '%\_gain\_over\_heuristic' ESCAPE '\' AND element = 'all' AND high < 0
