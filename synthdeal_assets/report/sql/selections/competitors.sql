-- Competitors of the closed deals of the last period, those met most often first.
SELECT competitor
FROM {{ new_business }}
WHERE competitor IS NOT NULL AND {{ of_last_period }}
GROUP BY competitor
ORDER BY count(*) DESC, competitor
