{% include "shared/attention.sql" %}
SELECT opportunity_id, reason FROM attention ORDER BY reason = 'large', at_stake DESC, opportunity_id
