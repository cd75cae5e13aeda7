{% include "shared/attention.sql" %}
SELECT opportunity_id, reason FROM attention ORDER BY counted DESC, opportunity_id
