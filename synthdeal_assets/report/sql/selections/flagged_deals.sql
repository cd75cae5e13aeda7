-- The open deals that a shown flag covers, those with most at stake first.
{% include "shared/attention.sql" %}
SELECT opportunity_id, reason FROM attention WHERE flag IS NOT NULL ORDER BY at_stake DESC, opportunity_id
