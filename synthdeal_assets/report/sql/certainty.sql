{% for figure, label, unit, expression in (
    ("days", "Earlier days whose forecast of the next 90 days is over", "count", "count(*)"),
    ("within", "Those of them on which what was won lay within the range", "count", "count(*) FILTER (WHERE actual BETWEEN low AND high)"),
    ("ranged", "Those of them with a range", "count", "count(low)"),
) %}
-- figure: record.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/forecast_record.sql" %}
SELECT {{ expression }} FROM forecast_record WHERE way IN (FROM leading_way)

{% endfor %}
{% for key, way in recorded_ways %}
{% for figure, label, unit, expression in (
    ("error_percent", "misses what was won within 90 days by, on average of the days", "percent", "100 * sum(abs(amount - actual)) / nullif(sum(actual), 0)"),
    ("too_high_percent", "is above what was won within 90 days by, over all days; 0 when it is not", "percent", "greatest(100 * (sum(amount) / nullif(sum(actual), 0) - 1), 0)"),
    ("too_low_percent", "is below what was won within 90 days by, over all days; 0 when it is not", "percent", "greatest(100 * (1 - sum(amount) / nullif(sum(actual), 0)), 0)"),
) %}
-- figure: record.{{ key }}.{{ figure }}
-- label: The way "{{ way if way else "that leads" }}" {{ label }}
-- unit: {{ unit }}
{% include "shared/forecast_record.sql" %}
SELECT round({{ expression }}, 2)
FROM forecast_record
WHERE way {% if way %}= {{ way | literal }}{% else %}IN (FROM leading_way){% endif %}


{% endfor %}
{% endfor %}
{% for column in ("value", "low", "high") %}
-- figure: record.better.{{ column }}
-- label: By how much the chances of the way that leads missed what came within 90 days more than those of the stages, deal by deal (mean square; below 0 is nearer){{ "" if column == "value" else ", " ~ column ~ " end of the 95% interval" }}
-- unit: ratio
{% include "shared/forecast_record.sql" %}
SELECT {{ column }}
FROM scoring.forecast_backtest
WHERE way IN (FROM leading_way) AND measure = 'brier against stage rates' AND horizon = '90 days'

{% endfor %}
-- figure: record.leading
-- label: The way of forecasting that leads
-- unit: none
{% include "shared/forecast_record.sql" %}
SELECT way FROM leading_way

-- figure: certainty.scorer
-- label: Scorer whose order of open deals was measured
-- unit: none
{% include "shared/ranked_scorer.sql" %}
SELECT scorer FROM ranked_scorer

{% for key, ranked_by, measure, said in (
    ("score", by_score, "auc", "the score of then"),
    ("within", by_score, "auc_within_a_stage", "the score of then, over pairs in the same stage"),
    ("stage", by_stage, "auc", "their stage alone"),
    ("ceiling", by_chance, "auc", "the exact chance, beyond which nothing can be known"),
) %}
{% for column, label in (("value", ""), ("low", ", lower end of the 95% interval"), ("high", ", upper end of the 95% interval")) %}
-- figure: certainty.{{ key }}.{{ column }}
-- label: Of a hundred pairs of deals open at a month end, one won and one lost later, those in the right order by {{ said }}{{ label }}
-- unit: count
{% include "shared/ranked_scorer.sql" %}
SELECT round(100 * {{ column }}, 2)
FROM scoring.landmark_ranking
INNER JOIN ranked_scorer USING (scorer, model, prompt_version)
WHERE ranked_by = {{ ranked_by | literal }} AND measure = {{ measure | literal }}

{% endfor %}
{% endfor %}
-- figure: certainty.deals
-- label: Deals that this rests on
-- unit: deals
{% include "shared/ranked_scorer.sql" %}
SELECT max(opportunities)
FROM scoring.landmark_ranking
INNER JOIN ranked_scorer USING (scorer, model, prompt_version)
WHERE measure = 'auc'

-- figure: certainty.adds
-- label: 1 when the score orders open deals better than the stage, or deals of the same stage better than a coin, by more than chance; 0 when it does not
-- unit: count
{% include "selections/score_adds.sql" %}

-- figure: certainty.is_main
-- label: 1 when that is the scorer of most of the present scores, 0 when it is the heuristic in its stead
-- unit: count
{% include "shared/ranked_scorer.sql" %}
SELECT (count(main_scorer.scorer) > 0)::INTEGER
FROM ranked_scorer
LEFT JOIN main_scorer USING (scorer, model, prompt_version)

-- figure: certainty.is_chance
-- label: 1 when the scores of the scorer of most of them order open deals no better than a coin, neither over all stages nor within one, as far as can be told from chance; 0 when they do or were not measured
-- unit: count
{% include "selections/is_chance.sql" %}
