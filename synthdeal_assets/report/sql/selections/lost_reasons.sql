-- Reasons of the losses of the last period, the most frequent first.
SELECT lost_reason
FROM {{ new_business }}
WHERE lost_reason IS NOT NULL AND {{ of_last_period }}
GROUP BY lost_reason
ORDER BY count(*) DESC, lost_reason
