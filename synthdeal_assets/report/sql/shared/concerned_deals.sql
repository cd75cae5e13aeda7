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
concerned AS (
    SELECT 'overdue' AS rule, * FROM open_deals WHERE is_overdue
    UNION ALL
    SELECT 'closing_soon' AS rule, * FROM open_deals WHERE closes_soon AND levels < minimum
    UNION ALL
    SELECT 'commit' AS rule, * FROM open_deals WHERE forecast_category = 'Commit' AND levels < {{ commit_minimum }}
    UNION ALL
    SELECT 'economic_buyer' AS rule, * FROM open_deals WHERE lacks_economic_buyer
    UNION ALL
    SELECT 'champion' AS rule, * FROM open_deals WHERE lacks_champion
    UNION ALL
    SELECT 'not_scored' AS rule, * FROM open_deals WHERE NOT has_present_score
    UNION ALL
    SELECT 'ahead_of_evidence' AS rule, * FROM open_deals WHERE levels < minimum AND NOT is_late
    UNION ALL
    SELECT 'slipped' AS rule, open_deals.* FROM open_deals INNER JOIN slipped_deals USING (opportunity_id)
)
