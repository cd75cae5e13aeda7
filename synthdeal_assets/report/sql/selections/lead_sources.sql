{% include "shared/lead_sources.sql" %}
SELECT lead_source FROM lead_sources
