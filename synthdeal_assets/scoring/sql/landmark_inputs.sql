-- Every opportunity whose texts of a month end are on record, as it stood at the end of that day. Stage, amount and close
-- date are those that the CRM showed; of a contact it says what was known on that day.
WITH seen AS (
    SELECT texts.*, record.stage_name, record.amount, record.close_date
    FROM crm.landmark_texts AS texts
    JOIN crm.landmarks AS record USING (opportunity_id, landmark_date)
),
part AS (
    SELECT
        seen.opportunity_id,
        seen.landmark_date AS known_on,
        roles.contact_id,
        arg_max(roles.role, roles.entered_date) AS role,
        arg_max(roles.is_primary, roles.entered_date) AS is_primary
    FROM seen
    JOIN crm.opportunity_contact_role_history AS roles
        ON roles.opportunity_id = seen.opportunity_id AND roles.entered_date <= seen.landmark_date
    GROUP BY ALL
),
{% include "known_people.sql" %}
SELECT
    seen.landmark_date,
    seen.opportunity_id,
    deals.name,
    accounts.name AS account_name,
    accounts.industry,
    accounts.segment,
    accounts.region,
    deals.type,
    deals.lead_source,
    products.name AS product_name,
    deals.created_date,
    seen.stage_name,
    seen.amount,
    seen.close_date,
    coalesce(people.contacts, '') AS contacts,
    seen.next_step,
    seen.notes,
    seen.metrics,
    seen.economic_buyer,
    seen.decision_criteria,
    seen.decision_process,
    seen.paper_process,
    seen.identify_pain,
    seen.champion,
    seen.competition
FROM seen
JOIN crm.opportunities AS deals USING (opportunity_id)
JOIN crm.accounts AS accounts USING (account_id)
JOIN crm.products AS products USING (product_id)
LEFT JOIN people ON people.opportunity_id = seen.opportunity_id AND people.known_on = seen.landmark_date
WHERE $day IS NULL OR seen.landmark_date = $day
ORDER BY seen.landmark_date, seen.opportunity_id
