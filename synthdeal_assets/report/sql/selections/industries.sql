-- Industries with a closed deal of the last period, those with most of them first.
SELECT account.industry
FROM {{ new_business }} AS deal
INNER JOIN crm.accounts AS account USING (account_id)
WHERE deal.is_closed AND deal.{{ of_last_period }}
GROUP BY account.industry
ORDER BY count(*) DESC, account.industry
