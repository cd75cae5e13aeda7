{% include "shared/open_deals.sql" %}
SELECT opportunity_id
FROM open_deals
WHERE is_at_risk
ORDER BY greatest(weighted - coalesce(adjusted, 0), 0) DESC, amount DESC, opportunity_id
