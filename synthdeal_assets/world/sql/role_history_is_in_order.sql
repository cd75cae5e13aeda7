-- rule: entered before the deal was created or after the world's day
SELECT opportunity_id, contact_id, entered_date, created_date, as_of
FROM crm.opportunity_contact_role_history JOIN crm.opportunities USING (opportunity_id) CROSS JOIN crm.world
WHERE entered_date < created_date OR entered_date > as_of

-- rule: last entry is not the contact's role
SELECT opportunity_id, contact_id, history.role AS last_role, roles.role
FROM crm.opportunity_contact_roles AS roles FULL JOIN (
    SELECT
        opportunity_id,
        contact_id,
        arg_max(role, entered_date) AS role,
        arg_max(is_primary, entered_date) AS is_primary
    FROM crm.opportunity_contact_role_history
    GROUP BY opportunity_id, contact_id
) AS history USING (opportunity_id, contact_id)
WHERE (history.role, history.is_primary) IS DISTINCT FROM (roles.role, roles.is_primary)
