{% include "shared/concerned_deals.sql" %}
SELECT opportunity_id
FROM concerned
WHERE rule = {{ rule | literal }}
ORDER BY amount DESC, opportunity_id
