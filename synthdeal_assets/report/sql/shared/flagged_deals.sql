{% include "shared/open_deals.sql" %}
, close_date_moves AS (
    SELECT
        opportunity_id,
        close_date > lag(close_date) OVER (PARTITION BY opportunity_id ORDER BY sequence) AS moved_out
    FROM crm.opportunity_stages
),
slipped_deals AS (
    SELECT opportunity_id
    FROM close_date_moves
    GROUP BY opportunity_id
    HAVING count(*) FILTER (WHERE moved_out) >= 2
),
flagged_deals AS (
    SELECT open_deals.*, slipped_deals.opportunity_id IS NOT NULL AS has_slipped
    FROM open_deals
    LEFT JOIN slipped_deals USING (opportunity_id)
)
