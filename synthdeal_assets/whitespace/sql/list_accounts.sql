-- What the CRM says of the customers that it has as accounts.
SELECT
    customers.customer_id,
    accounts.segment,
    accounts.industry,
    CAST(accounts.number_of_employees AS DOUBLE) AS number_of_employees
FROM sales.customers AS customers
INNER JOIN crm.accounts AS accounts USING (account_id)
ORDER BY customers.customer_id
