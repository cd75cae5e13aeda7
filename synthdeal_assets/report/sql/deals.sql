{% for list_name, opportunity_ids in deal_lists.items() %}
{% for opportunity_id in opportunity_ids %}
{% set prefix = list_name ~ "." ~ loop.index %}
-- figure: {{ prefix }}.deal
-- label: Identifier of the deal
-- unit: none
SELECT opportunity_id
FROM (
{% include "selections/" ~ list_name ~ ".sql" %}
)
LIMIT 1 OFFSET {{ loop.index0 }}

{% for column, label, unit, expression in deal_columns %}
-- figure: {{ prefix }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM crm.opportunities AS deal
CROSS JOIN crm.world AS world
INNER JOIN crm.accounts AS account USING (account_id)
LEFT JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE deal.opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% if any_simulated %}
-- figure: {{ prefix }}.simulated
-- label: 1 when its score rests on an answer simulated from the hidden truth, else 0
-- unit: count
{% include "shared/simulated_scores.sql" %}
SELECT count(*) FROM simulated_scores WHERE opportunity_id = {{ opportunity_id | literal }}

{% endif %}
-- figure: {{ prefix }}.levels
-- label: MEDDPICC points, of 24
-- unit: count
SELECT sum(counted_level)
FROM scoring.score_elements
WHERE framework = 'MEDDPICC' AND opportunity_id = {{ opportunity_id | literal }}

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

-- figure: {{ prefix }}.minimum
-- label: MEDDPICC points its stage asks for, of 24
-- unit: count
SELECT minimum
FROM crm.opportunities
INNER JOIN (
    VALUES {% for stage in stages %}({{ stage.name | literal }}, {{ stage.minimum }}){{ ", " if not loop.last }}{% endfor %}

) AS stage_minimums(stage_name, minimum) USING (stage_name)
WHERE opportunity_id = {{ opportunity_id | literal }}

{% if list_name != "top_deals" %}
{% for reason in risks if reason.key not in silent_flags %}
-- figure: {{ prefix }}.{{ reason.key }}
-- label: 1 when {{ reason.label }}, else 0
-- unit: count
{% include "shared/open_deals.sql" %}
SELECT {{ reason.key }}::INTEGER FROM open_deals WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% endif %}
-- figure: {{ prefix }}.strength
-- label: What speaks for the deal
-- unit: none
SELECT nullif(trim(split_part(key_strengths, chr(10), 1)), '')
FROM scoring.opportunity_scores
WHERE opportunity_id = {{ opportunity_id | literal }}

-- figure: {{ prefix }}.question
-- label: The question to ask next: that of the least known element, the heavier one first
-- unit: none
SELECT question
FROM scoring.score_elements
INNER JOIN (
    VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.weight }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

) AS weights(element, weight, place) USING (element)
WHERE framework = 'MEDDPICC' AND question != '' AND opportunity_id = {{ opportunity_id | literal }}
ORDER BY counted_level, weight DESC, place
LIMIT 1

{% endfor %}
{% endfor %}
