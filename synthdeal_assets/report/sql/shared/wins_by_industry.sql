{% from "shared/intervals.sql" import wilson -%}
WITH shares AS (
    SELECT account.industry, count(*) AS deals, avg(deal.is_won::INTEGER) AS share
    FROM {{ new_business }} AS deal
    INNER JOIN crm.accounts AS account USING (account_id)
    WHERE deal.is_closed AND deal.{{ of_last_period }}
    GROUP BY account.industry
),
wins_by_industry AS (
    SELECT
        *,
        {{ wilson("share", "deals", z_of_one, "-") }} AS low,
        {{ wilson("share", "deals", z_of_one, "+") }} AS high
    FROM shares
)
