-- rule: left and active, or neither
SELECT contact_id, left_date, is_active
FROM crm.contacts
WHERE is_active <> (left_date IS NULL)

-- rule: known after the world's day, or left before they were known or after it
SELECT contact_id, created_date, left_date, as_of
FROM crm.contacts CROSS JOIN crm.world
WHERE created_date > as_of OR left_date < created_date OR left_date >= as_of

-- rule: departure that is not in the history, or was found out before it
SELECT contact_id, left_date, history.created_date AS found_out
FROM crm.contacts FULL JOIN (FROM crm.contact_history WHERE field = 'is_active') AS history USING (contact_id)
WHERE (left_date IS NULL) <> (history.created_date IS NULL) OR history.created_date <= left_date

-- rule: last title of the history is not the present one
SELECT contact_id, contacts.title, history.title AS last_title
FROM crm.contacts AS contacts JOIN (
    SELECT contact_id, arg_max(new_value, created_date) AS title
    FROM crm.contact_history
    WHERE field = 'title'
    GROUP BY contact_id
) AS history USING (contact_id)
WHERE contacts.title <> history.title

-- rule: change before they were known, after the world's day, or of the title after they left
SELECT contact_id, field, history.created_date, contacts.created_date AS known_from, left_date, as_of
FROM crm.contact_history AS history JOIN crm.contacts AS contacts USING (contact_id) CROSS JOIN crm.world
WHERE history.created_date < contacts.created_date
    OR history.created_date > as_of
    OR (field = 'title' AND history.created_date > left_date)

-- rule: takes part in a deal before they were known
SELECT opportunity_id, contact_id, entered_date, created_date
FROM crm.opportunity_contact_role_history JOIN crm.contacts USING (contact_id)
WHERE entered_date < created_date

-- rule: main contact of an open deal has left
SELECT opportunity_id, contact_id, left_date
FROM crm.opportunity_contact_roles
JOIN crm.opportunities USING (opportunity_id)
JOIN crm.contacts USING (contact_id)
WHERE is_primary AND NOT is_closed AND NOT is_active
