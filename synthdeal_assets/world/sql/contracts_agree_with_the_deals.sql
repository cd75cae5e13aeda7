-- rule: made by a deal that was not won on that day, or by another account
SELECT contract_id, opportunity_id, signed_date, opportunities.close_date, is_won
FROM crm.contracts JOIN crm.opportunities USING (opportunity_id)
WHERE NOT is_won OR signed_date <> opportunities.close_date OR contracts.account_id <> opportunities.account_id

-- rule: line of a deal that was won without its contract, or with another quantity or price
SELECT opportunity_id, lines.product_id, lines.quantity, lines.unit_price
FROM crm.opportunity_line_items AS lines
JOIN crm.opportunities USING (opportunity_id)
ANTI JOIN crm.contracts
    ON contracts.opportunity_id = lines.opportunity_id AND contracts.product_id = lines.product_id
    AND contracts.quantity = lines.quantity AND round(100 * contracts.unit_price) = round(100 * lines.unit_price)
WHERE is_won

-- rule: yearly amount that is not quantity times unit price
SELECT contract_id, quantity, unit_price, annual_amount
FROM crm.contracts
WHERE round(100 * annual_amount) <> quantity * round(100 * unit_price)

-- rule: status that its days do not say
SELECT contract_id, start_date, end_date, status, as_of
FROM crm.contracts CROSS JOIN crm.world
WHERE status <> CASE
    WHEN end_date < start_date THEN 'Cancelled'
    WHEN start_date > as_of THEN 'Future'
    WHEN end_date >= as_of THEN 'Active'
    ELSE 'Ended'
END

-- rule: customer without a contract that runs, or one with it that is none
SELECT accounts.account_id, accounts.type, count(contract_id) AS contracts_that_run
FROM crm.accounts LEFT JOIN crm.contracts ON contracts.account_id = accounts.account_id AND status = 'Active'
GROUP BY ALL
HAVING starts_with(accounts.type, 'Customer') <> (count(contract_id) > 0)

-- rule: customer of before who is called a prospect
SELECT accounts.account_id, accounts.type, count(contract_id) AS contracts_that_ended
FROM crm.accounts LEFT JOIN crm.contracts ON contracts.account_id = accounts.account_id AND status = 'Ended'
GROUP BY ALL
HAVING accounts.type = 'Prospect' AND count(contract_id) > 0

-- rule: two renewals of an account within a year
WITH renewals AS (
    SELECT
        opportunity_id, account_id, created_date,
        lag(created_date) OVER (PARTITION BY account_id ORDER BY created_date) AS renewal_before
    FROM crm.opportunities
    WHERE type = '{{ renewal }}'
)
SELECT opportunity_id, account_id, created_date, renewal_before
FROM renewals
WHERE created_date - renewal_before < 320

-- rule: contract that ends within 80 days, whose renewal has not been opened
SELECT contract_id, contracts.account_id, end_date
FROM crm.contracts
CROSS JOIN crm.world
ANTI JOIN crm.opportunities
    ON opportunities.account_id = contracts.account_id AND opportunities.type = '{{ renewal }}'
    AND opportunities.created_date BETWEEN contracts.end_date - 125 AND contracts.end_date
WHERE contracts.status = 'Active' AND end_date BETWEEN as_of AND as_of + 80
