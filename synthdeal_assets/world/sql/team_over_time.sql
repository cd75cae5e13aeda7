-- Who was in the team from which day on to before which, and who worked which deal.
member AS (
    SELECT user_id, role, hired_date AS since, 'infinity'::DATE AS until FROM {{ users }}
),
ownership AS (
    SELECT opportunity_id, owner_id, created_date AS since, 'infinity'::DATE AS until FROM {{ opportunities }}
)
