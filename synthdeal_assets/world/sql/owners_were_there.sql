-- rule: day on which the owner of an opportunity was not in the team
WITH ownership AS (
    SELECT opportunity_id, owner_id, created_date, if(is_closed, close_date, as_of) AS last_date
    FROM crm.opportunities CROSS JOIN crm.world
),
-- An owner whose first day it was has it until the next change, the last one until today or the closing.
held AS (
    SELECT
        opportunity_id,
        coalesce(changes.old_owner_id, ownership.owner_id) AS owner_id,
        ownership.created_date AS first_date,
        coalesce(changes.created_date - 1, last_date) AS last_date
    FROM ownership LEFT JOIN (
        SELECT record_id, arg_min(old_owner_id, created_date) AS old_owner_id, min(created_date) AS created_date
        FROM crm.owner_history
        WHERE object_name = 'Opportunity'
        GROUP BY record_id
    ) AS changes ON record_id = opportunity_id
    UNION ALL
    SELECT
        opportunity_id,
        new_owner_id,
        changes.created_date,
        lead(changes.created_date - 1, 1, last_date) OVER (PARTITION BY record_id ORDER BY changes.created_date)
    FROM crm.owner_history AS changes JOIN ownership ON record_id = opportunity_id
    WHERE object_name = 'Opportunity'
)
SELECT opportunity_id, owner_id, first_date, last_date, hired_date, left_date
FROM held JOIN crm.users ON user_id = owner_id
WHERE first_date < hired_date OR last_date > left_date

-- rule: change of a record that is not there, or on a day when it was not
SELECT object_name, record_id, changes.created_date, records.created_date AS record_created_date, last_date
FROM crm.owner_history AS changes LEFT JOIN (
    SELECT 'Account' AS object_name, account_id AS record_id, created_date, as_of AS last_date
    FROM crm.accounts CROSS JOIN crm.world
    UNION ALL
    SELECT 'Opportunity', opportunity_id, created_date, if(is_closed, close_date, as_of)
    FROM crm.opportunities CROSS JOIN crm.world
) AS records USING (object_name, record_id)
WHERE changes.created_date <= records.created_date OR changes.created_date > last_date OR last_date IS NULL

-- rule: old owner is not the new one of the change before, or stays
SELECT object_name, record_id, created_date, old_owner_id, new_owner_id, owner_before
FROM (
    SELECT *, lag(new_owner_id) OVER (PARTITION BY object_name, record_id ORDER BY created_date) AS owner_before
    FROM crm.owner_history
)
WHERE old_owner_id <> owner_before OR old_owner_id = new_owner_id

-- rule: last new owner is not the present one
SELECT object_name, record_id, new_owner_id, owner_id
FROM (
    SELECT object_name, record_id, arg_max(new_owner_id, created_date) AS new_owner_id
    FROM crm.owner_history
    GROUP BY object_name, record_id
) AS history
JOIN (
    SELECT 'Account' AS object_name, account_id AS record_id, owner_id FROM crm.accounts
    UNION ALL
    SELECT 'Opportunity', opportunity_id, owner_id FROM crm.opportunities
) AS records USING (object_name, record_id)
WHERE new_owner_id <> owner_id

-- rule: given by somebody who had not just left, or to somebody whose first day it was not
SELECT object_name, record_id, created_date, old_owner_id, givers.left_date, new_owner_id, takers.hired_date
FROM crm.owner_history
JOIN crm.users AS givers ON givers.user_id = old_owner_id
JOIN crm.users AS takers ON takers.user_id = new_owner_id
WHERE givers.left_date IS DISTINCT FROM created_date - 1 OR takers.hired_date <> created_date
