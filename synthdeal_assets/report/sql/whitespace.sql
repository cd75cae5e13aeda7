-- figure: whitespace.made
-- label: Whitespace lists in the warehouse
-- unit: count
SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'whitespace' AND table_name = 'whitespace'

{% if whitespace_made %}
-- figure: whitespace.synthetic
-- label: Synthetic sources of the sales log
-- unit: count
SELECT count(*) FROM sales.log_files WHERE source_kind = {{ synthetic_log | literal }}

{% for column, label, unit, expression in (
    ("cutoff", "Last day that the whitespace list knows of", "date", "max(cutoff_date)"),
    ("pairs", "Pairs of a customer and a division it never bought from", "count", "count(*)"),
    ("customers", "Customers in them", "count", "count(DISTINCT customer_id)"),
    ("eligible", "Pairs that somebody may go and sell to", "count", "count(*) FILTER (is_eligible)"),
    ("within_capacity", "Eligible pairs within the time of the reps", "count", "count(*) FILTER (within_capacity)"),
    ("reps", "Reps in the whitespace list", "count", "count(DISTINCT rep)"),
    (
        "expected",
        "Expected value of the pairs within the time of the reps",
        "money of the log",
        "round(coalesce(sum(expected_value) FILTER (within_capacity), 0), 2)",
    ),
    ("linked", "Pairs whose customer is an account of the CRM", "count", "count(account_id)"),
) %}
-- figure: whitespace.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM whitespace.whitespace WHERE is_current

{% endfor %}
{% if whitespace_stood_in %}
-- figure: whitespace.stand_in_divisions
-- label: Divisions learnt without LightGBM, which could not be loaded
-- unit: count
SELECT count(DISTINCT division)
FROM whitespace.models
WHERE
    learner = {{ whitespace_stand_in | literal }}
    AND model_cutoff = (SELECT max(model_cutoff) FROM whitespace.models)

{% endif %}
{% for column, label, unit in (
    ("window_days", "Days of the window in which a purchase counts", "days"),
    ("window_end", "Last day of that window", "date"),
) %}
-- figure: whitespace.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ column }}
FROM whitespace.cutoffs
WHERE
    cutoff_date = coalesce(
        (SELECT max(cutoff_date) FROM whitespace.whitespace WHERE is_current),
        (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    )

{% endfor %}
-- figure: whitespace.judged
-- label: Day at which the whitespace models were judged
-- unit: date
SELECT max(cutoff_date) FROM whitespace.holdout_metrics

{% for population in whitespace_populations %}
{% for measure, label, unit, scale in (
    ("auc", "Cases in which of two pairs the one that bought is put first", "percent", "100 * "),
    ("lift_at_10", "How many times as often the best tenth bought as all", "ratio", ""),
    ("calibration_error", "How far a chance is off on average", "percentage points", "100 * "),
) %}
{% for part, what in (("value", ""), ("low", ", lower end of its 95 % interval"), ("high", ", upper end of its 95 % interval")) %}
-- figure: whitespace.{{ population }}.{{ measure }}.{{ part }}
-- label: {{ label }}{{ what }}, {{ population }} pairs
-- unit: {{ unit }}
SELECT round({{ scale }}{{ part }}, 4)
FROM whitespace.holdout_metrics
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND population = {{ population | literal }}
    AND ranker = {{ champion | literal }}
    AND measure = {{ measure | literal }}

{% endfor %}
-- figure: whitespace.{{ population }}.{{ measure }}.passed
-- label: Whether that keeps the promise (1) or not (0), {{ population }} pairs
-- unit: count
SELECT passed::INTEGER
FROM whitespace.holdout_metrics
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND population = {{ population | literal }}
    AND ranker = {{ champion | literal }}
    AND measure = {{ measure | literal }}

{% endfor %}
{% for column, label in (("pairs", "Pairs that the whitespace models were judged on"), ("positives", "Those of them that bought")) %}
-- figure: whitespace.{{ population }}.{{ column }}
-- label: {{ label }}, {{ population }} pairs
-- unit: count
SELECT {{ column }}
FROM whitespace.holdout_metrics
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND population = {{ population | literal }}
    AND ranker = {{ champion | literal }}
    AND measure = 'auc'

{% endfor %}
{% for column, label, unit, expression in (
    ("name", "The best simple rule", "none", "ranker"),
    ("auc", "Cases in which of two pairs the best simple rule puts the one that bought first", "percent", "round(100 * auc, 4)"),
) %}
-- figure: whitespace.{{ population }}.rule.{{ column }}
-- label: {{ label }}, {{ population }} pairs
-- unit: {{ unit }}
{% include "shared/best_rule.sql" %}
SELECT {{ expression }} FROM best_rule WHERE population = {{ population | literal }}

{% endfor %}
{% endfor %}
{% for column, label, unit, expression in (
    ("precision.value", "Share of the earlier list's best pairs that bought", "percent", "round(100 * value, 4)"),
    ("precision.low", "Share of the earlier list's best pairs that bought, lower end of its 95 % interval", "percent", "round(100 * low, 4)"),
    ("precision.high", "Share of the earlier list's best pairs that bought, upper end of its 95 % interval", "percent", "round(100 * high, 4)"),
    ("k", "Best pairs of the earlier list, as many as the reps had time for", "count", "k"),
    ("of_all", "Share of all pairs of the earlier list that bought", "percent", "round(100 * positives / pairs, 4)"),
) %}
-- figure: whitespace.list.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }}
FROM whitespace.holdout_metrics
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND population = 'whitespace'
    AND ranker = {{ whitespace_list | literal }}
    AND measure = 'precision_at_k'

{% endfor %}
{% for place in whitespace_top %}
{% set number = loop.index %}
{% for column, label, unit, expression in (
    ("customer", "Customer to offer something", "none", "coalesce(customer_name, customer_id)"),
    ("division", "Division to offer", "none", "division"),
    ("rep", "Rep who looks after the customer", "none", "rep"),
    ("grade", "Grade of the pair", "none", "grade"),
    ("chance", "Chance of a purchase in the window", "percent", "round(100 * p_icp, 2)"),
    ("expected", "Expected value", "money of the log", "round(expected_value, 2)"),
    ("reasons", "Why, as the model counted", "none", "reasons"),
) %}
-- figure: whitespace.top.{{ number }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM whitespace.whitespace WHERE is_current AND place = {{ place }}

{% endfor %}
{% endfor %}
{% for division in whitespace_divisions %}
{% set number = loop.index %}
{% for column, label, unit, expression in (
    ("name", "Division to sell", "none", "any_value(division)"),
    ("pairs", "Customers who never bought from it", "count", "count(*)"),
    ("within_capacity", "Of these eligible and within the time of the reps", "count", "count(*) FILTER (within_capacity)"),
    ("chance", "Their average chance of a purchase in the window", "percent", "round(100 * avg(p_icp) FILTER (within_capacity), 2)"),
    (
        "expected",
        "Expected value of these",
        "money of the log",
        "round(coalesce(sum(expected_value) FILTER (within_capacity), 0), 2)",
    ),
) %}
-- figure: whitespace.division.{{ number }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM whitespace.whitespace WHERE is_current AND division = {{ division | literal }}

{% endfor %}
{% endfor %}
{% for population, ranker, curve, point in whitespace_points %}
{% for column, label, unit in (
    (("x", "Share of the pairs, best first", "percent"), ("y", "Share of all purchases found among them", "percent"))
    if curve == "gains"
    else (("x", "Average chance said", "percent"), ("y", "Share that bought", "percent"), ("pairs", "Pairs", "count"))
) %}
-- figure: whitespace.{{ curve }}.{{ population }}.{{ ranker }}.{{ point }}.{{ column }}
-- label: {{ label }}, by {{ ranker }}, {{ population }} pairs
-- unit: {{ unit }}
SELECT {% if column == "pairs" %}pairs{% else %}round(100 * {{ column }}, 4){% endif %}

FROM whitespace.holdout_curves
WHERE
    cutoff_date = (SELECT max(cutoff_date) FROM whitespace.holdout_metrics)
    AND division = {{ all_divisions | literal }}
    AND population = {{ population | literal }}
    AND ranker = {{ ranker | literal }}
    AND curve = {{ curve | literal }}
    AND point = {{ point }}

{% endfor %}
{% endfor %}
{% endif %}
