SELECT provider, model
FROM scoring.llm_calls
GROUP BY ALL
ORDER BY count(*) DESC, provider, model
