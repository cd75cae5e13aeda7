{% from "shared/deal_named.sql" import deal_named %}
-- figure: changes.reports
-- label: Earlier reports of this world
-- unit: count
SELECT count(*)
FROM report.executive_reports
INNER JOIN crm.world USING (seed, size, account_names, planted_instructions, generator_version)
WHERE report_id != {{ report_id | literal }}

-- figure: changes.other_reports
-- label: Earlier reports of another world
-- unit: count
SELECT count(*)
FROM report.executive_reports
ANTI JOIN crm.world USING (seed, size, account_names, planted_instructions, generator_version)

{% if later is not none %}
-- figure: changes.later.as_of
-- label: Day the last report told of, later than this one's
-- unit: date
SELECT as_of FROM report.executive_reports WHERE report_id = {{ later | literal }}

{% endif %}
{% if last is not none %}
-- figure: changes.last.as_of
-- label: Day the last report told of
-- unit: date
SELECT as_of FROM report.executive_reports WHERE report_id = {{ last | literal }}

-- figure: changes.last.days
-- label: Days from the last report's day to this one's
-- unit: days
SELECT date_diff('day', report.as_of, world.as_of)
FROM crm.world AS world
CROSS JOIN report.executive_reports AS report
WHERE report.report_id = {{ last | literal }}

{% with report_id = last %}
-- figure: changes.last.rescored
-- label: Deals, renewals included, whose score is another one than when the last report was written
-- unit: deals
WITH {% include "shared/scores_then.sql" %}

SELECT count(*)
FROM scoring.opportunity_scores AS present
INNER JOIN scores_then USING (opportunity_id)
WHERE present.score != scores_then.score

-- figure: changes.last.newly_scored
-- label: Deals, renewals included, with a score that had none when the last report was written
-- unit: deals
WITH {% include "shared/scores_then.sql" %}

SELECT count(*)
FROM scoring.opportunity_scores
ANTI JOIN scores_then USING (opportunity_id)

{% endwith %}
{% endif %}
{% if baseline is not none %}
{% with report_id = baseline %}
-- figure: changes.since
-- label: Day of the report that this one is compared with
-- unit: date
SELECT as_of FROM report.executive_reports WHERE report_id = {{ report_id | literal }}

-- figure: changes.days
-- label: Days since then
-- unit: days
SELECT date_diff('day', report.as_of, world.as_of)
FROM crm.world AS world
CROSS JOIN report.executive_reports AS report
WHERE report.report_id = {{ report_id | literal }}

-- figure: changes.same_quarter
-- label: 1 when that report told of the running quarter, else 0
-- unit: count
{% include "shared/quarter.sql" %}
SELECT (report.as_of >= quarter.first_day)::INTEGER
FROM quarter
CROSS JOIN report.executive_reports AS report
WHERE report.report_id = {{ report_id | literal }}

-- figure: changes.ended.name
-- label: The quarter of that report, if it is over
-- unit: none
{% include "shared/ended_quarter.sql" %}
SELECT 'Q' || quarter(first_day) || ' ' || year(first_day) FROM quarter

-- figure: changes.ended.won
-- label: What was won in that quarter, if it is over
-- unit: USD
{% include "shared/ended_quarter.sql" %}
SELECT coalesce(sum(deal.amount::DECIMAL(18, 2)), 0)
FROM quarter
LEFT JOIN {{ new_business }} AS deal ON deal.is_won AND deal.close_date BETWEEN quarter.first_day AND quarter.last_day
GROUP BY quarter.first_day

-- figure: changes.ended.target
-- label: What the sellers were to win in that quarter, if it is over
-- unit: USD
{% include "shared/ended_quarter.sql" %}
{% include "shared/quota.sql" %}
SELECT sum(amount) FROM quota

{% for key, label, column, condition in (
    ("then", "Open deals on the day of the earlier report, rebuilt from the stage history", "amount_then", "was_open"),
    ("now", "Open deals now", "amount_now", "amount_now > 0"),
) %}
-- figure: bridge.{{ key }}.deals
-- label: {{ label }}
-- unit: deals
{% include "shared/bridge.sql" %}
SELECT count(*) FROM bridge WHERE {{ condition }}

-- figure: bridge.{{ key }}.amount
-- label: {{ label }}: amount
-- unit: USD in thousands
{% include "shared/bridge.sql" %}
SELECT coalesce(sum({{ column }}), 0) FROM bridge

{% endfor %}
{% for step in bridge_steps %}
-- figure: bridge.{{ step.key }}.deals
-- label: {{ step.label }}
-- unit: deals
{% include "shared/bridge.sql" %}
SELECT count(*) FROM bridge WHERE {{ step.condition }}

-- figure: bridge.{{ step.key }}.amount
-- label: {{ step.label }}: amount
-- unit: USD in thousands
{% include "shared/bridge.sql" %}
SELECT coalesce(sum({{ step.amount }}) FILTER (WHERE {{ step.condition }}), 0) FROM bridge

{% for opportunity_id in bridged[step.key] %}
-- figure: bridge.{{ step.key }}.{{ loop.index }}.deal
-- label: Identifier of the deal
-- unit: none
SELECT opportunity_id
FROM (
{% include "selections/bridged_deals.sql" %}
)
LIMIT 1 OFFSET {{ loop.index0 }}

{{ deal_named("bridge." ~ step.key ~ "." ~ loop.index, opportunity_id) }}
{% if step.key in ("raised", "lowered") %}
-- figure: bridge.{{ step.key }}.{{ loop.index }}.change
-- label: By how much its amount was {{ step.key }}
-- unit: USD
{% include "shared/bridge.sql" %}
SELECT {{ step.amount }} FROM bridge WHERE opportunity_id = {{ opportunity_id | literal }}

{% endif %}
{% endfor %}
{% endfor %}
{% for key, label, condition in (
    ("created", "Deals created since then", "deal.created_date > earlier.as_of"),
    ("won", "Deals won since then", "deal.is_won AND deal.close_date > earlier.as_of"),
    ("lost", "Deals lost since then", "deal.stage_name = 'Closed Lost' AND deal.close_date > earlier.as_of"),
    ("advanced", "Open deals that moved to a later stage since then",
        "NOT deal.is_closed AND deal_then.place < place.place"),
    ("fell_back", "Open deals that moved back to an earlier stage since then",
        "NOT deal.is_closed AND deal_then.place > place.place"),
    ("slipped", "Open deals whose expected close date moved out since then",
        "NOT deal.is_closed AND deal_then.close_date < deal.close_date"),
    ("pulled_in", "Open deals whose expected close date moved in since then",
        "NOT deal.is_closed AND deal_then.close_date > deal.close_date"),
) %}
{% for column, expression, unit in (
    ("deals", "count(*)", "deals"), ("amount", "coalesce(sum(deal.amount), 0)", "USD"),
) %}
-- figure: changes.{{ key }}.{{ column }}
-- label: {{ label }}{{ ": amount" if column == "amount" }}
-- unit: {{ unit }}
{% include "shared/deals_then.sql" %}
SELECT {{ expression }}
FROM {{ new_business }} AS deal
CROSS JOIN earlier
INNER JOIN places AS place USING (stage_name)
LEFT JOIN deals_then AS deal_then USING (opportunity_id)
WHERE {{ condition }}

{% endfor %}
{% endfor %}
{% for figure_id, label, unit in compared_figures %}
-- figure: changes.then.{{ figure_id }}
-- label: {{ label }}, as the earlier report gave it
-- unit: {{ unit }}
SELECT (figures::JSON ->> {{ figure_id | literal }})::DOUBLE
FROM report.executive_reports
WHERE report_id = {{ report_id | literal }}

{% endfor %}
{% for key, label, comparison in (("scores_up", "higher", ">"), ("scores_down", "lower", "<")) %}
-- figure: changes.{{ key }}.deals
-- label: Open deals whose score is {{ label }} than when the earlier report was written
-- unit: deals
WITH {% include "shared/scores_then.sql" %}

SELECT count(*)
FROM scoring.opportunity_scores AS present
INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
INNER JOIN scores_then USING (opportunity_id)
WHERE NOT deal.is_closed AND present.score {{ comparison }} scores_then.score

{% endfor %}
{% for list_name, opportunity_ids in movers.items() %}
{% for opportunity_id in opportunity_ids %}
-- figure: changes.{{ list_name }}.{{ loop.index }}.deal
-- label: Identifier of the deal
-- unit: none
SELECT opportunity_id
FROM (
{% with direction = "DESC" if list_name == "risers" else "ASC" %}{% include "selections/movers.sql" %}{% endwith %}

)
LIMIT 1 OFFSET {{ loop.index0 }}

{{ deal_named("changes." ~ list_name ~ "." ~ loop.index, opportunity_id) }}
-- figure: changes.{{ list_name }}.{{ loop.index }}.now
-- label: Its present score
-- unit: points
SELECT score FROM scoring.opportunity_scores WHERE opportunity_id = {{ opportunity_id | literal }}

-- figure: changes.{{ list_name }}.{{ loop.index }}.then
-- label: Its score when the earlier report was written
-- unit: points
WITH {% include "shared/scores_then.sql" %}

SELECT score FROM scores_then WHERE opportunity_id = {{ opportunity_id | literal }}

{% endfor %}
{% endfor %}
{% endwith %}
{% endif %}
