{% include "shared/corrected_deals.sql" %}
SELECT 1
FROM corrected_deals
WHERE {{ condition | replace("chance", "as_given") }} OR {{ condition | replace("chance", "corrected") }}
LIMIT 1
