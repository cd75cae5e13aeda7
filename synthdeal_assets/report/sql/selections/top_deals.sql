{% include "shared/open_deals.sql" %}
SELECT opportunity_id
FROM open_deals
WHERE adjusted > 0 AND NOT is_at_risk
ORDER BY adjusted DESC, opportunity_id
