{% from "shared/deal_named.sql" import deal_named %}
{% for list_name, opportunity_ids in deal_lists.items() %}
{% for opportunity_id, reason in opportunity_ids %}
{% set prefix = list_name ~ "." ~ loop.index %}
-- figure: {{ prefix }}.deal
-- label: Identifier of the deal
-- unit: none
SELECT opportunity_id
FROM (
{% include "selections/" ~ list_name ~ ".sql" %}
)
LIMIT 1 OFFSET {{ loop.index0 }}

{{ deal_named(prefix, opportunity_id) }}
{% for column, label, unit, expression in deal_columns %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM crm.opportunities AS deal
CROSS JOIN crm.world AS world
INNER JOIN crm.accounts AS account USING (account_id)
LEFT JOIN crm.users AS seller ON deal.owner_id = seller.user_id
LEFT JOIN crm.users AS manager ON seller.manager_id = manager.user_id
LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE deal.opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% for column, label, unit, expression in (
    ("chance_percent", "Its chance of being won, by the leading forecast or, without one, by its stage", "percent", "round(100 * chance, 2)"),
    ("counted", "What it counts for: its amount times that chance", "USD", "round(amount * chance, 2)"),
) %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
WITH {% include "shared/chances.sql" %}

SELECT {{ expression }}
FROM crm.opportunities
INNER JOIN chances USING (opportunity_id)
WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% for column, label, unit, expression in (
    ("reason", "What is to be said of it first", "none", "reason"),
    ("flag", "The shown flag that sets it apart", "none", "flag"),
    ("flag_scorer", "Whose judgement the flag rests on", "none", "flag_scorer"),
    ("flag_value", "What the flag looks at", "count", "round(flag_value, 4)"),
    ("flag_threshold", "What the flag compares it with", "count", "round(flag_threshold, 4)"),
    ("moved_out", "How often its close date was moved out", "count", "moved_out"),
    ("supported", "What the leading forecast or, without a learnt one, the score gives it", "USD", "round(supported, 2)"),
) if column == "reason" or column in columns_of_reasons.get(reason, ()) %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/attention.sql" %}
SELECT {{ expression }} FROM attention WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% if any_simulated %}
-- figure: {{ prefix }}.simulated
-- label: 1 when its score rests on an answer simulated from the hidden truth, else 0
-- unit: count
{% include "shared/simulated_scores.sql" %}
SELECT count(*) FROM simulated_scores WHERE opportunity_id = {{ opportunity_id | literal }}

{% endif %}
{% if list_name == "top_deals" %}
-- figure: {{ prefix }}.counted_less
-- label: MEDDPICC elements of it whose level counts half, because no quote of it was found in the deal
-- unit: none
SELECT string_agg(
    weights.name || ': level ' || level || ', counted as ' || counted_level, '; ' ORDER BY weights.place
)
FROM scoring.score_elements
INNER JOIN (
    VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.name | literal }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

) AS weights(element, name, place) USING (element)
WHERE framework = 'MEDDPICC' AND counted_level < level AND opportunity_id = {{ opportunity_id | literal }}

-- figure: {{ prefix }}.strength
-- label: What speaks for the deal
-- unit: none
SELECT nullif(trim(split_part(key_strengths, chr(10), 1)), '')
FROM scoring.opportunity_scores
WHERE opportunity_id = {{ opportunity_id | literal }}

{% endif %}
{% if (list_name, opportunity_id) in questions %}
-- figure: {{ prefix }}.question
-- label: The question to ask next: that of the least known element about which no deal before it is asked
-- unit: none
SELECT question
FROM scoring.score_elements
WHERE
    framework = 'MEDDPICC'
    AND element = {{ questions[(list_name, opportunity_id)] | literal }}
    AND opportunity_id = {{ opportunity_id | literal }}

{% endif %}
{% endfor %}
{% endfor %}
-- figure: flags.compared
-- label: Flags whose records were counted
-- unit: count
SELECT count(*) FROM scoring.flag_records

-- figure: flags.deals
-- label: Open deals that a shown flag covers
-- unit: deals
{% include "shared/attention.sql" %}
SELECT count(*) FROM attention WHERE flag IS NOT NULL

-- figure: flags.amount
-- label: Amount of the open deals that a shown flag covers
-- unit: USD
{% include "shared/attention.sql" %}
SELECT coalesce(sum(amount) FILTER (WHERE flag IS NOT NULL), 0) FROM attention

{% for scorer, flag in flag_records %}
{% for column, label, unit in (
    ("flag", "Key of the flag", "none"),
    ("label", "What it says of a deal", "none"),
    ("scorer", "The scorer whose judgement it rests on", "none"),
    ("base", "The deals that it picks from", "none"),
    ("is_shown", "1 when it sets deals apart by more than chance and is shown, else 0", "count"),
    ("covered_today", "Open deals that it covers", "deals"),
    ("open_today", "Open deals that it could cover", "deals"),
    ("flagged_deals", "Earlier deals that it covered", "deals"),
    ("flagged_lost", "Those of them that were lost", "deals"),
    ("other_deals", "Earlier deals that it could have covered and did not", "deals"),
    ("other_lost", "Those of these that were lost", "deals"),
    ("flagged_percent", "Share of the earlier deals that it covered that was lost", "percent"),
    ("other_percent", "Share of the others that was lost", "percent"),
    ("p_value", "Chance of such a difference within the stages if there were none", "chance"),
) %}
-- figure: flags.{{ flag_records.index((scorer, flag)) + 1 }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ {
    "is_shown": "is_shown::INTEGER",
    "flagged_percent": "round(100.0 * flagged_lost / nullif(flagged_deals, 0), 2)",
    "other_percent": "round(100.0 * other_lost / nullif(other_deals, 0), 2)",
}.get(column, column) }}
FROM scoring.flag_records
WHERE scorer = {{ scorer | literal }} AND flag = {{ flag | literal }}
ORDER BY is_shown DESC, model, prompt_version
LIMIT 1

{% endfor %}
{% endfor %}
{% for opportunity_id, _ in flagged %}
-- figure: flagged.{{ loop.index }}.deal
-- label: Identifier of the deal
-- unit: none
SELECT opportunity_id
FROM (
{% include "selections/flagged_deals.sql" %}
)
LIMIT 1 OFFSET {{ loop.index0 }}

{{ deal_named("flagged." ~ loop.index, opportunity_id) }}
{% set place = loop.index %}
{% for column, label in (("flag", "The flag that sets it apart"), ("flag_scorer", "Whose judgement the flag rests on")) %}
-- figure: flagged.{{ place }}.{{ column }}
-- label: {{ label }}
-- unit: none
{% include "shared/attention.sql" %}
SELECT {{ column }} FROM attention WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% endfor %}
