{% include "shared/fairness.sql" %}
SELECT attribute
FROM fairness
GROUP BY attribute
ORDER BY {% include "shared/order_of_attributes.sql" %}

