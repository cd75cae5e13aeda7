SELECT provider, model
FROM scoring.llm_calls
WHERE purpose = 'scoring'
GROUP BY ALL
ORDER BY count(*) DESC, provider, model
