{% for figure, label, unit, expression in (
    ("deals", "Deals lost in the last 364 days", "deals", "count(*)"),
    ("amount", "Amount of the deals lost in the last 364 days", "USD", "coalesce(sum(amount), 0)"),
) %}
-- figure: losses.{{ figure }}
-- label: {{ label }}, of all deals on record
-- unit: {{ unit }}
SELECT {{ expression }}
FROM {{ new_business }}
WHERE is_closed AND NOT is_won AND close_date > (SELECT as_of - 364 FROM crm.world)

{% endfor %}
-- figure: losses.percent
-- label: Share lost of the deals closed in the last 364 days, of all deals on record
-- unit: percent
SELECT round(100 * avg((NOT is_won)::INTEGER), 2)
FROM {{ new_business }}
WHERE is_closed AND close_date > (SELECT as_of - 364 FROM crm.world)

-- figure: losses.tested
-- label: Groups of deals whose losses were compared, of all deals on record
-- unit: count
{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT count(*) FROM eligible

-- figure: losses.beyond
-- label: Groups that lose more than what they are held against, by more than chance, of all deals on record
-- unit: count
{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT count(*) FROM tested_losses WHERE corrected <= 0.05 AND share > other_share AND name NOT IN {{ unactionable | literal }}

{% for dimension in loss_dimensions %}
{% for column, label, unit, expression in (
    ("name", "in which most was lost in the last 364 days", "none", "name"),
    ("amount", "in which most was lost: amount lost", "USD", "amount"),
    ("percent", "in which most was lost: share lost", "percent", "round(100 * lost / nullif(deals, 0), 2)"),
    ("other_percent", "in which most was lost: share lost of what it is held against", "percent", "round(100 * other_lost / nullif(other_deals, 0), 2)"),
) %}
-- figure: losses.by.{{ dimension.key }}.{{ column }}
-- label: {{ dimension.label }} {{ label }}, of all deals on record
-- unit: {{ unit }}
{% with dimensions = (dimension.key,) %}{% include "shared/loss_groups.sql" %}{% endwith %}

SELECT {{ expression }} FROM largest_losses WHERE dimension = {{ dimension.key | literal }}

{% endfor %}
-- figure: losses.by.{{ dimension.key }}.verdict
-- label: {{ dimension.label }} in which most was lost: whether its share lost differs by more than chance, of all deals on record
-- unit: none
{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT
    CASE
        WHEN tested.corrected IS NULL THEN 'too few to say'
        WHEN tested.corrected > 0.05 THEN 'within chance'
        WHEN tested.share > tested.other_share THEN 'MORE, beyond chance'
        ELSE 'less, beyond chance'
    END
FROM largest_losses
LEFT JOIN tested_losses AS tested USING (dimension, name)
WHERE dimension = {{ dimension.key | literal }}

{% endfor %}
{% for dimension, name in losses_beyond_chance %}
{% for column, label, unit, expression in (
    ("name", "Group that loses more by more than chance", "none", "name"),
    ("dimension", "What it is", "none", "dimension"),
    ("amount", "Amount lost in it in the last 364 days", "USD", "amount"),
    ("deals", "Deals lost in it in the last 364 days", "deals", "lost"),
    ("percent", "Share lost in it", "percent", "round(100 * lost / deals, 2)"),
    ("other_percent", "Share lost of what it is held against", "percent", "round(100 * other_lost / other_deals, 2)"),
) %}
-- figure: losses.beyond.{{ losses_beyond_chance.index((dimension, name)) + 1 }}.{{ column }}
-- label: {{ label }}, of all deals on record
-- unit: {{ unit }}
{% if column == "name" %}
SELECT name
FROM (
{% include "selections/losses_beyond_chance.sql" %}
)
LIMIT 1 OFFSET {{ losses_beyond_chance.index((dimension, name)) }}
{% else %}
{% with dimensions = (dimension,) %}{% include "shared/loss_groups.sql" %}{% endwith %}

SELECT {{ expression }} FROM loss_groups WHERE dimension = {{ dimension | literal }} AND name = {{ name | literal }}
{% endif %}

{% endfor %}
{% endfor %}
