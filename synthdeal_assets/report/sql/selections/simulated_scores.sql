{% include "shared/simulated_scores.sql" %}
SELECT opportunity_id FROM simulated_scores
