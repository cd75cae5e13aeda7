-- Deals of the customers' accounts that were open at the end of the cutoff day: created by then, and closed later or
-- not at all.
SELECT
    opportunities.account_id,
    opportunities.opportunity_id,
    opportunities.name,
    products.family
FROM crm.opportunities AS opportunities
INNER JOIN crm.products AS products USING (product_id)
WHERE
    opportunities.created_date <= $cutoff
    AND (NOT opportunities.is_closed OR opportunities.close_date > $cutoff)
    AND opportunities.account_id IN (SELECT account_id FROM sales.customers)
ORDER BY opportunities.account_id, opportunities.opportunity_id
