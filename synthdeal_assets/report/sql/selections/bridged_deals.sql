{% include "shared/bridge.sql" %}
SELECT opportunity_id FROM bridge WHERE {{ step.condition }} ORDER BY {{ step.amount }} DESC, opportunity_id
