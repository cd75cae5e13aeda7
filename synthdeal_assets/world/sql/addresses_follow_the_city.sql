-- rule: state without its code, or the code without it
SELECT account_id, billing_country, billing_state, billing_state_code
FROM crm.accounts
WHERE (billing_state IS NULL) <> (billing_state_code IS NULL)

-- rule: one city in two states or countries
SELECT any_value(account_id) AS account_id, billing_country, billing_city
FROM crm.accounts
GROUP BY billing_country, billing_city
HAVING count(DISTINCT coalesce(billing_state_code, '')) > 1 OR count(DISTINCT billing_country_code) > 1

-- rule: two codes for one country, or one for two
SELECT any_value(account_id) AS account_id, billing_country_code, min(billing_country) AS one, max(billing_country) AS other
FROM crm.accounts
GROUP BY billing_country_code
HAVING one <> other
