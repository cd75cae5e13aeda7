CREATE VIEW mart.deals AS
{{ flagged_deals }}
SELECT
    {{ columns }}
FROM crm.opportunities
INNER JOIN crm.accounts ON accounts.account_id = opportunities.account_id
INNER JOIN crm.users ON users.user_id = opportunities.owner_id
INNER JOIN (
    SELECT opportunity_id, coalesce(max(changes.created_date), any_value(deals.created_date)) AS owner_since
    FROM crm.opportunities AS deals
    LEFT JOIN crm.owner_history AS changes ON object_name = 'Opportunity' AND record_id = opportunity_id
    GROUP BY opportunity_id
) AS ownership ON ownership.opportunity_id = opportunities.opportunity_id
INNER JOIN crm.products ON products.product_id = opportunities.product_id
LEFT JOIN scoring.opportunity_scores ON opportunity_scores.opportunity_id = opportunities.opportunity_id
LEFT JOIN flagged_deals ON flagged_deals.opportunity_id = opportunities.opportunity_id
