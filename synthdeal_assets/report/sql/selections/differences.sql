{% include "shared/fairness.sql" %}
SELECT attribute, group_name, measure
FROM fairness
WHERE verdict = {{ differs | literal }}
ORDER BY {% include "shared/order_of_attributes.sql" %}, group_name, threshold NULLS FIRST
