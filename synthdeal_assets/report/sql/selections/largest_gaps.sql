{% include "shared/open_deals.sql" %}
SELECT opportunity_id
FROM open_deals
WHERE weighted > adjusted
ORDER BY weighted - adjusted DESC, amount DESC, opportunity_id
