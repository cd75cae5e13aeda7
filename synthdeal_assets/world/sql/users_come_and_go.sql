-- rule: hired after the world's day, or left before the first one
SELECT user_id, hired_date, left_date, as_of
FROM crm.users CROSS JOIN crm.world
WHERE hired_date > as_of OR left_date < hired_date

-- rule: left and active, or neither
SELECT user_id, left_date, is_active, as_of
FROM crm.users CROSS JOIN crm.world
WHERE is_active <> (left_date IS NULL) OR left_date >= as_of

-- rule: reported to somebody who was not there
SELECT users.user_id, users.left_date, users.manager_id, managers.hired_date, managers.left_date AS manager_left_date
FROM crm.users AS users JOIN crm.users AS managers ON managers.user_id = users.manager_id CROSS JOIN crm.world
WHERE coalesce(users.left_date, as_of) NOT BETWEEN managers.hired_date AND coalesce(managers.left_date, as_of)

-- rule: account of somebody who has left
SELECT account_id, owner_id, left_date
FROM crm.accounts JOIN crm.users ON user_id = owner_id
WHERE NOT users.is_active
