{#- What is shown of a deal wherever it is named: by whose it is, where it stands, how much and until when. -#}
{% macro deal_named(prefix, opportunity_id) -%}
{% for column, label, unit, expression in (
    ("name", "Name of the deal", "none", "deal.name"),
    ("owner", "Owner of the deal", "none", "coalesce(seller.name, deal.owner_id)"),
    ("stage", "Stage of the deal", "none", "deal.stage_name"),
    ("amount", "Amount of the deal", "USD", "deal.amount"),
    ("close_date", "Day it closed or is expected to close", "date", "deal.close_date"),
) %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM crm.opportunities AS deal
LEFT JOIN crm.users AS seller ON deal.owner_id = seller.user_id
WHERE deal.opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{%- endmacro %}
