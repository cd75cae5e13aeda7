-- Every opportunity of the last period as it stood while it was open. Stage, amount and close date come from the stage
-- history before the closing, for open and closed deals alike, so that closing a deal changes nothing here but the
-- snapshot date. The closing takes away the next step, and the history has it. Of a contact it says what was known on that
-- day.
WITH last_open AS (
    SELECT
        opportunity_id,
        arg_max(stage_name, sequence) AS stage_name,
        arg_max(amount, sequence) AS amount,
        arg_max(close_date, sequence) AS close_date
    FROM crm.opportunity_stages
    WHERE stage_name NOT IN ('Closed Won', 'Closed Lost')
    GROUP BY opportunity_id
),
part AS (
    SELECT
        opportunity_id,
        roles.contact_id,
        roles.role,
        roles.is_primary,
        if(is_closed, greatest(created_date, close_date - 1), as_of) AS known_on
    FROM crm.opportunities
    JOIN crm.world ON created_date > as_of - 364
    JOIN crm.opportunity_contact_roles AS roles USING (opportunity_id)
),
{% include "known_people.sql" %}
SELECT
    deals.opportunity_id,
    CASE
        WHEN deals.is_closed THEN greatest(deals.created_date, deals.close_date - 1)
        ELSE deals.last_modified_date
    END AS snapshot_date,
    deals.name,
    accounts.name AS account_name,
    accounts.industry,
    accounts.segment,
    accounts.region,
    deals.type,
    deals.lead_source,
    products.name AS product_name,
    deals.created_date,
    last_open.stage_name,
    last_open.amount,
    last_open.close_date,
    coalesce(people.contacts, '') AS contacts,
    coalesce(deals.next_step, cleared.old_value) AS next_step,
    deals.notes,
    deals.metrics,
    deals.economic_buyer,
    deals.decision_criteria,
    deals.decision_process,
    deals.paper_process,
    deals.identify_pain,
    deals.champion,
    deals.competition
FROM crm.opportunities AS deals
JOIN crm.world AS world ON deals.created_date > world.as_of - 364
LEFT JOIN last_open USING (opportunity_id)
LEFT JOIN crm.field_history AS cleared ON cleared.opportunity_id = deals.opportunity_id AND cleared.field = 'next_step'
LEFT JOIN crm.accounts AS accounts USING (account_id)
LEFT JOIN crm.products AS products USING (product_id)
LEFT JOIN people USING (opportunity_id)
ORDER BY deals.opportunity_id
