CREATE VIEW mart.deals AS
{{ flagged_deals }}
SELECT
    {{ columns }}
FROM crm.opportunities
INNER JOIN crm.accounts ON accounts.account_id = opportunities.account_id
INNER JOIN crm.users ON users.user_id = opportunities.owner_id
INNER JOIN crm.products ON products.product_id = opportunities.product_id
LEFT JOIN scoring.opportunity_scores ON opportunity_scores.opportunity_id = opportunities.opportunity_id
LEFT JOIN flagged_deals ON flagged_deals.opportunity_id = opportunities.opportunity_id
