-- rule: phone
WITH expected AS (
    SELECT
        account_id,
        billing_country,
        CASE billing_country
{% for country, prefix in prefixes.items() %}
            WHEN {{ country | text }} THEN {{ prefix | text }}
{% endfor %}
        END AS prefix
    FROM crm.accounts
)
SELECT {{ key }}, expected.billing_country, phone
FROM {{ table }} JOIN expected USING (account_id)
WHERE (phone IS NULL) <> (prefix IS NULL) OR NOT starts_with(phone, prefix)
