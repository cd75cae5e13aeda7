-- The quotas of `quarter`, which stands before.
, quotas AS (
    SELECT quota.* FROM crm.quotas AS quota INNER JOIN quarter ON quota.quarter_start = quarter.first_day
),
-- Of a manager the quota is the sum of those who report to them: only those to whom nobody reports are added up.
quota AS (
    SELECT * FROM quotas WHERE user_id NOT IN (SELECT manager_id FROM quotas WHERE manager_id IS NOT NULL)
)
