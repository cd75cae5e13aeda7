{% for band in bands %}
-- figure: scores.band.{{ band.low }}.deals
-- label: Open deals with a score of {{ band.label }}
-- unit: deals
{% include "shared/open_deals.sql" %}
SELECT count(*) FROM open_deals WHERE {{ band.condition }}

-- figure: scores.band.{{ band.low }}.amount
-- label: Amount of the open deals with a score of {{ band.label }}
-- unit: USD
{% include "shared/open_deals.sql" %}
SELECT coalesce(sum(amount) FILTER (WHERE {{ band.condition }}), 0) FROM open_deals

-- figure: scores.band.{{ band.low }}.percent
-- label: Share of the scored open deals with a score of {{ band.label }}
-- unit: percent
{% include "shared/open_deals.sql" %}
SELECT round(100.0 * count(*) FILTER (WHERE {{ band.condition }}) / nullif(count(score), 0), 2) FROM open_deals

{% endfor %}
-- figure: scores.below_40_percent
-- label: Share of the scored open deals with a score below 40
-- unit: percent
{% include "shared/open_deals.sql" %}
SELECT round(100.0 * count(*) FILTER (WHERE score < 40) / nullif(count(score), 0), 2) FROM open_deals

-- figure: scores.below_40_amount
-- label: Amount of the open deals with a score below 40
-- unit: USD
{% include "shared/open_deals.sql" %}
SELECT coalesce(sum(amount) FILTER (WHERE score < 40), 0) FROM open_deals

{% for segment in segments %}
-- figure: scores.segment.{{ segment.key }}.deals
-- label: Open deals in segment {{ segment.name }}
-- unit: deals
{% include "shared/open_deals.sql" %}
SELECT count(*) FROM open_deals WHERE segment = {{ segment.name | literal }}

-- figure: scores.segment.{{ segment.key }}.amount
-- label: Amount of the open deals in segment {{ segment.name }}
-- unit: USD
{% include "shared/open_deals.sql" %}
SELECT coalesce(sum(amount) FILTER (WHERE segment = {{ segment.name | literal }}), 0) FROM open_deals

-- figure: scores.segment.{{ segment.key }}.mean
-- label: Average score of the open deals in segment {{ segment.name }}
-- unit: points
{% include "shared/open_deals.sql" %}
SELECT round(avg(score), 4) FROM open_deals WHERE segment = {{ segment.name | literal }}

{% endfor %}
{% for stage in stages %}
-- figure: scores.stage.{{ stage.key }}.mean
-- label: Average score of the open deals in stage {{ stage.name }}
-- unit: points
{% include "shared/open_deals.sql" %}
SELECT round(avg(score), 4) FROM open_deals WHERE stage_name = {{ stage.name | literal }}

-- figure: scores.stage.{{ stage.key }}.below_minimum
-- label: Open deals in stage {{ stage.name }} whose evidence is below what the stage asks for
-- unit: deals
{% include "shared/open_deals.sql" %}
SELECT count(*) FROM open_deals WHERE stage_name = {{ stage.name | literal }} AND levels < minimum

{% endfor %}
