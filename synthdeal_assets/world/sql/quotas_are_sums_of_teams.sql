-- rule: manager's quota that is not the sum of the team's
SELECT above.quarter_start, above.user_id, above.amount, coalesce(sum(below.amount), 0) AS sum_of_team
FROM crm.quotas AS above
LEFT JOIN crm.quotas AS below
    ON below.quarter_start = above.quarter_start AND below.manager_id = above.user_id
WHERE above.role <> {{ seller | literal }}
GROUP BY above.quarter_start, above.user_id, above.amount
HAVING above.amount <> sum_of_team

-- rule: seller in the team without a quota for the present quarter, or the other way round
WITH {% include "team_over_time.sql" %},
present AS (SELECT date_trunc('quarter', as_of)::DATE AS quarter_start FROM crm.world),
seller AS (
    SELECT user_id, quarter_start
    FROM member JOIN present ON since <= quarter_start AND quarter_start < until
    WHERE role = {{ seller | literal }}
),
quota AS (
    SELECT user_id, quarter_start FROM crm.quotas JOIN present USING (quarter_start) WHERE role = {{ seller | literal }}
)
SELECT user_id, quarter.quarter_start AS has_quota, seller.quarter_start AS is_in_team
FROM seller FULL JOIN quota AS quarter USING (user_id)
WHERE quarter.quarter_start IS NULL OR seller.quarter_start IS NULL

-- rule: set earlier than on the day before the quarter, or not for a quarter
SELECT quarter_start, user_id, as_of
FROM crm.quotas CROSS JOIN crm.world
WHERE quarter_start > as_of + 1 OR quarter_start <> date_trunc('quarter', quarter_start)
