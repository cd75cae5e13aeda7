{% for column, label, unit in (
    ("seed::VARCHAR", "Seed of the world", "none"),
    ("size", "Deals created in the 364 days up to the report's day", "deals"),
    ("account_names", "Kind of company names", "none"),
    ("planted_instructions::VARCHAR", "Whether some deals carry an instruction to the scorer", "none"),
    ("generator_version", "Version of the generator", "none"),
) %}
-- figure: world.{{ column | replace("::VARCHAR", "") }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ column }} FROM crm.world

{% endfor %}
{% for table, label in (
    ("accounts", "Companies"),
    ("opportunities", "Deals of the last 1,092 days, open and closed, renewals included"),
) %}
-- figure: world.{{ table }}
-- label: {{ label }}
-- unit: count
SELECT count(*) FROM crm.{{ table }}

{% endfor %}
-- figure: world.contacts
-- label: Persons at the companies, without those known to have left
-- unit: count
SELECT count(*) FROM crm.contacts WHERE is_active

{% for column, label in (
    ("scorer", "Scorers behind the present scores"),
    ("model", "Models behind the present scores"),
    ("prompt_version", "Versions of the rules or prompts behind the present scores"),
) %}
-- figure: scoring.{{ column }}
-- label: {{ label }}
-- unit: none
SELECT string_agg(DISTINCT {{ column }}, ', ' ORDER BY {{ column }}) FROM scoring.opportunity_scores

{% endfor %}
-- figure: world.users
-- label: Members of the sales team
-- unit: count
SELECT count(*) FROM crm.users WHERE is_active

-- figure: world.newcomers
-- label: Members of the sales team who came in the last 365 days
-- unit: count
SELECT count(*) FROM crm.users CROSS JOIN crm.world WHERE is_active AND hired_date > as_of - 365

-- figure: world.taken_over
-- label: Open deals, renewals included, that were taken over from a seller who left
-- unit: deals
SELECT count(DISTINCT opportunity_id)
FROM crm.owner_history JOIN crm.opportunities ON object_name = 'Opportunity' AND record_id = opportunity_id
WHERE NOT is_closed

-- figure: world.parts
-- label: Accounts that are parts of another account
-- unit: count
SELECT count(parent_account_id) FROM crm.accounts

-- figure: world.invented_names
-- label: Accounts with an invented name
-- unit: count
SELECT count(*) FROM crm.accounts WHERE starts_with(notice, {{ invented_notice | literal }})

-- figure: scoring.heuristic_percent
-- label: Share of the present scores, renewals included, made by fixed rules, without a language model
-- unit: percent
SELECT round(100 * avg((scorer = 'heuristic')::INTEGER), 2) FROM scoring.opportunity_scores

-- figure: scoring.deals
-- label: Deals with a score, open and closed, renewals included
-- unit: deals
SELECT count(*) FROM scoring.opportunity_scores

-- figure: scoring.tokens
-- label: Tokens a language model read and wrote for the present scores
-- unit: count
SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM scoring.opportunity_scores

-- figure: scoring.cost
-- label: Cost of the present scores; not known when that of any one is not
-- unit: USD in full
SELECT CASE WHEN count(*) = count(cost_usd) THEN round(coalesce(sum(cost_usd), 0), 6) END
FROM scoring.opportunity_scores

-- figure: making.duckdb
-- label: Version of DuckDB
-- unit: none
SELECT version()
