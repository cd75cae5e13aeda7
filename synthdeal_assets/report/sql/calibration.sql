{% for figure, label, unit, expression in (
    ("deals", "Closed deals with a corrected chance of winning", "deals", "count(*)"),
    ("as_given_percent", "Their average chance as the scorer gave it", "percent", "round(100 * avg(as_given), 2)"),
    ("corrected_percent", "Their average corrected chance", "percent", "round(100 * avg(corrected), 2)"),
    ("won_percent", "Share of them that was won", "percent", "round(100 * avg(is_won::INTEGER), 2)"),
    ("fewest_lessons", "Fewest earlier deals that one of these corrections was learned from", "deals", "min(fitted_deals)"),
    ("most_lessons", "Most earlier deals that one of these corrections was learned from", "deals", "max(fitted_deals)"),
) %}
-- figure: calibration.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/corrected_deals.sql" %}
SELECT {{ expression }} FROM corrected_deals

{% endfor %}
{% for figure, measure, label in (
    ("gain", "brier_gain_by_calibration", "How much nearer to the outcomes the correction brings the chances (squared)"),
    ("error_as_given", "expected_calibration_error", "Distance of the chances as given from the share won, in ten groups"),
    (
        "error_corrected",
        "expected_calibration_error_calibrated",
        "Distance of the corrected chances from the share won, in ten groups",
    ),
) %}
{% for column, said in (("value", ""), ("low", ", lower end of the 95 % interval"), ("high", ", upper end of the 95 % interval")) %}
-- figure: calibration.{{ figure }}.{{ column }}
-- label: {{ label }}{{ said }}
-- unit: {{ "ratio" if figure == "gain" else "percentage points" }}
{% include "shared/main_scorer.sql" %}
SELECT {{ column if figure == "gain" else "round(100 * " ~ column ~ ", 2)" }}
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ measure | literal }} AND element = 'all'

{% endfor %}
{% if figure != "gain" %}
-- figure: guess.calibration.{{ figure }}.value
-- label: Distance of the win rate, said for each of the same deals, from the share won
-- unit: percentage points
{% include "shared/simple_guesses.sql" %}
SELECT round(100 * value, 2) FROM simple_guesses WHERE measure = {{ measure | literal }} AND element = 'all'

{% endif %}
-- figure: calibration.{{ figure }}.deals
-- label: Deals it rests on
-- unit: deals
{% include "shared/main_scorer.sql" %}
SELECT opportunities
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ measure | literal }} AND element = 'all'

{% endfor %}
{% for chance, measure in (("as_given", "brier_score"), ("corrected", "brier_score_calibrated")) %}
-- figure: calibration.squares_{{ chance }}.value
-- label: Mean squared distance of the chances from the outcomes, {{ chance | replace("_", " ") }}
-- unit: ratio
{% include "shared/main_scorer.sql" %}
SELECT value
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ measure | literal }} AND element = 'all'

-- figure: guess.calibration.squares_{{ chance }}.value
-- label: Mean squared distance of the win rate from the outcomes of the same deals
-- unit: ratio
{% include "shared/simple_guesses.sql" %}
SELECT value FROM simple_guesses WHERE measure = {{ measure | literal }} AND element = 'all'

{% endfor %}
{% for band in chance_bands %}
{% for chance, said in (("as_given", "a chance as given of"), ("corrected", "a corrected chance of")) %}
{% for column, label, unit, expression in (
    ("deals", "Closed deals with " ~ said, "deals", "count(*)"),
    ("said_percent", "Average chance of the closed deals with " ~ said, "percent", "round(100 * avg(" ~ chance ~ "), 2)"),
    ("won_percent", "Share won of the closed deals with " ~ said, "percent", "round(100 * avg(is_won::INTEGER), 2)"),
) %}
-- figure: calibration.band.{{ band.key }}.{{ chance }}.{{ column }}
-- label: {{ label }} {{ band.label }}
-- unit: {{ unit }}
{% include "shared/corrected_deals.sql" %}
SELECT {{ expression }} FROM corrected_deals WHERE {{ band.condition | replace("chance", chance) }}

{% endfor %}
{% endfor %}
{% endfor %}
{% for figure, measure in (("pairs", "auc_of_score"), ("levels", "mean_absolute_error")) %}
{% for column, said in (("value", ""), ("low", ", lower end of the 95 % interval"), ("high", ", upper end of the 95 % interval")) %}
-- figure: gain.{{ figure }}.{{ column }}
-- label: {{ "Pairs of a hundred that the score orders rightly beyond the fixed rules" if figure == "pairs" else "Levels by which a judged level is nearer to the truth than the fixed rules" }}{{ said }}
-- unit: {{ "signed count" if figure == "pairs" else "signed levels" }}
{% include "shared/main_scorer.sql" %}
SELECT {{ "round(100 * " ~ column ~ ", 2)" if figure == "pairs" else column }}
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ (measure ~ "_gain_over_heuristic") | literal }} AND element = 'all'

{% endfor %}
-- figure: gain.{{ figure }}.deals
-- label: Deals this gain rests on
-- unit: deals
{% include "shared/main_scorer.sql" %}
SELECT opportunities
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ (measure ~ "_gain_over_heuristic") | literal }} AND element = 'all'

{% endfor %}
