-- Who was in the team from which day on to before which, and who worked which deal.
member AS (
    SELECT user_id, role, hired_date AS since, coalesce(left_date + 1, 'infinity'::DATE) AS until FROM {{ users }}
),
handover AS (
    SELECT record_id AS opportunity_id, created_date AS since, old_owner_id, new_owner_id
    FROM {{ owners }}
    WHERE object_name = 'Opportunity'
),
first_owner AS (
    SELECT opportunity_id, arg_min(old_owner_id, since) AS owner_id FROM handover GROUP BY opportunity_id
),
owner_since AS (
    SELECT opportunity_id, coalesce(first_owner.owner_id, deal.owner_id) AS owner_id, created_date AS since
    FROM {{ opportunities }} AS deal LEFT JOIN first_owner USING (opportunity_id)
    UNION ALL
    SELECT opportunity_id, new_owner_id, since FROM handover
),
ownership AS (
    SELECT *, lead(since, 1, 'infinity'::DATE) OVER (PARTITION BY opportunity_id ORDER BY since) AS until
    FROM owner_since
)
