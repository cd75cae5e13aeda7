-- figure: judges.count
-- label: Scorers, models and versions of rules or prompts behind the present scores
-- unit: count
SELECT count(*) FROM (SELECT DISTINCT scorer, model, prompt_version FROM scoring.opportunity_scores)

-- figure: scoring.simulated.deals
-- label: Present scores whose answers were simulated from the hidden truth, renewals included
-- unit: deals
{% include "shared/simulated_scores.sql" %}
SELECT count(*) FROM simulated_scores

-- figure: scoring.model_deals
-- label: Present scores made by a language model, renewals included
-- unit: deals
SELECT count(*) FROM scoring.opportunity_scores WHERE scorer != 'heuristic'

{% for scorer, model, prompt_version in judges %}
{% set place = loop.index %}
{% set judged_by %}scorer = {{ scorer | literal }} AND model = {{ model | literal }} AND prompt_version = {{ prompt_version | literal }}{% endset %}
{% for column, label in (
    ("scorer", "Scorer"), ("model", "Model"), ("prompt_version", "Version of the rules or the prompt"),
) %}
-- figure: judges.{{ place }}.{{ column }}
-- label: {{ label }} behind some of the present scores
-- unit: none
SELECT DISTINCT {{ column }} FROM scoring.opportunity_scores WHERE {{ judged_by }}

{% endfor %}
-- figure: judges.{{ place }}.deals
-- label: Present scores made by it, renewals included
-- unit: deals
SELECT count(*) FROM scoring.opportunity_scores WHERE {{ judged_by }}

-- figure: judges.{{ place }}.percent
-- label: Its share of the present scores, renewals included
-- unit: percent
SELECT round(100 * avg(({{ judged_by }})::INTEGER), 2) FROM scoring.opportunity_scores

-- figure: judges.{{ place }}.simulated
-- label: Those of them whose answers were simulated from the hidden truth, renewals included
-- unit: deals
{% include "shared/simulated_scores.sql" %}
SELECT count(*) FROM simulated_scores WHERE {{ judged_by }}

{% endfor %}
{% for figure, label, condition in (
    ("deals", "Deals, open or closed, renewals included, whose present state has no score of the scorer that judged last", "true"),
    ("failed", "Those of them that it could not judge, renewals included", "has_failed"),
    (
        "not_reached",
        "Those of them that no scorer has been asked about in their present state, renewals included",
        "NOT has_failed AND NOT has_earlier_judge",
    ),
    (
        "earlier_judge",
        "Those of them whose score is of another scorer, model or version, made before, renewals included",
        "has_earlier_judge AND NOT has_failed",
    ),
) %}
-- figure: pending.{{ figure }}
-- label: {{ label }}
-- unit: deals
{% include "shared/pending_deals.sql" %}
SELECT count(*) FROM pending_deals WHERE {{ condition }}

{% endfor %}
-- figure: substituted.deals
-- label: Deals, renewals included, that the scorer that was asked could not judge, and that have a score of another one
-- unit: deals
{% include "shared/pending_deals.sql" %}
SELECT count(*) FROM present_scores WHERE is_substitute
