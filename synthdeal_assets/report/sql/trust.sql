{% for measure in ("auc_of_score", "rank_correlation_with_true_win_probability", "mean_absolute_error", "brier_score") %}
{% for column, label, unit in (
    ("value", "value", "ratio"),
    ("low", "lower end of the 95 % interval", "ratio"),
    ("high", "upper end of the 95 % interval", "ratio"),
    ("opportunities", "deals it rests on", "deals"),
) %}
-- figure: trust.{{ measure }}.{{ column }}
-- label: {{ measure | replace("_", " ") }} of the scores: {{ label }}
-- unit: {{ unit }}
{% include "shared/main_scorer.sql" %}
SELECT {{ column }}
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = {{ measure | literal }} AND element = 'all'

{% endfor %}
{% endfor %}
{% for column, label in (("value", "value"), ("low", "lower end of the 95 % interval"), ("high", "upper end of the 95 % interval")) %}
-- figure: trust.pairs.{{ column }}
-- label: Of a hundred pairs of a won and a lost deal, those in which the won one has the higher score: {{ label }}
-- unit: count
{% include "shared/main_scorer.sql" %}
SELECT round(100 * {{ column }})
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = 'auc_of_score' AND element = 'all'

-- figure: guess.pairs.gain.{{ column }}
-- label: Pairs of a hundred that the score orders rightly beyond the last open stage alone: {{ label }}
-- unit: signed count
{% include "shared/main_scorer.sql" %}
SELECT round(100 * {{ column }}, 2)
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = 'auc_of_score_gain_over_simple_guess' AND element = 'all'

{% endfor %}
-- figure: guess.pairs.value
-- label: Of a hundred pairs of a won and a lost deal, those in which the won one was in the later stage
-- unit: count
{% include "shared/simple_guesses.sql" %}
SELECT round(100 * value) FROM simple_guesses WHERE measure = 'auc_of_score' AND element = 'all'

{% for figure, measure, label, unit in (
    ("levels", "mean_absolute_error", "Average distance of the same level for every element from the true one", "ratio"),
    ("order", "rank_correlation_with_true_win_probability", "Agreement of the order of stages with that of the true chances", "ratio"),
    ("squares", "brier_score", "Mean squared distance of the win rate from the outcomes", "ratio"),
) %}
-- figure: guess.{{ figure }}.value
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/simple_guesses.sql" %}
SELECT value FROM simple_guesses WHERE measure = {{ measure | literal }} AND element = 'all'

{% endfor %}
{% for element in meddpicc %}
-- figure: trust.error.{{ element.key }}
-- label: Average distance of the judged from the true level of {{ element.name }}, of 3 levels
-- unit: ratio
{% include "shared/main_scorer.sql" %}
SELECT value
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = 'mean_absolute_error' AND element = {{ element.key | literal }}

-- figure: guess.error.{{ element.key }}
-- label: Average distance of level {{ guessed_level }} for every deal from the true level of {{ element.name }}
-- unit: ratio
{% include "shared/simple_guesses.sql" %}
SELECT value FROM simple_guesses WHERE measure = 'mean_absolute_error' AND element = {{ element.key | literal }}

-- figure: trust.error.{{ element.key }}.deals
-- label: Deals the error of {{ element.name }} rests on
-- unit: deals
{% include "shared/main_scorer.sql" %}
SELECT opportunities
FROM scoring.score_quality
INNER JOIN main_scorer USING (scorer, model, prompt_version)
WHERE role = 'scorer' AND measure = 'mean_absolute_error' AND element = {{ element.key | literal }}

{% endfor %}
{% for band in bands %}
-- figure: trust.band.{{ band.low }}.deals
-- label: Closed deals with a score of {{ band.label }}
-- unit: deals
SELECT count(*)
FROM {{ new_business }}
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE is_closed AND {{ band.condition }}

-- figure: trust.band.{{ band.low }}.win_percent
-- label: Share won of the closed deals with a score of {{ band.label }}
-- unit: percent
SELECT round(100 * avg(is_won::INTEGER), 2)
FROM {{ new_business }}
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id)
WHERE is_closed AND {{ band.condition }}

{% endfor %}
-- figure: trust.closed.deals
-- label: Closed deals that have a score
-- unit: deals
SELECT count(*)
FROM {{ new_business }}
INNER JOIN scoring.opportunity_scores USING (opportunity_id)
WHERE is_closed

-- figure: trust.closed.expected_percent
-- label: Share of the closed deals that the scorer expected to be won
-- unit: percent
SELECT round(100 * avg(win_probability), 2)
FROM {{ new_business }}
INNER JOIN scoring.opportunity_scores USING (opportunity_id)
WHERE is_closed

-- figure: trust.closed.won_percent
-- label: Share of the closed deals with a score that was won
-- unit: percent
SELECT round(100 * avg(is_won::INTEGER), 2)
FROM {{ new_business }}
INNER JOIN scoring.opportunity_scores USING (opportunity_id)
WHERE is_closed

-- figure: trust.outcome.amount
-- label: Amount that the open deals will in fact bring in (known only because the world is synthetic)
-- unit: USD
SELECT coalesce(sum(deal.amount) FILTER (WHERE truth.outcome = 'Closed Won'), 0)
FROM {{ new_business }} AS deal
INNER JOIN truth.opportunities AS truth USING (opportunity_id)
WHERE NOT deal.is_closed

-- figure: trust.wrong_stage.deals
-- label: Deals of the last 364 days, renewals included, in which a wrong stage was planted
-- unit: deals
SELECT count(*)
FROM truth.opportunities
INNER JOIN scoring.scorer_inputs USING (opportunity_id)
WHERE has_wrong_stage

{% for figure, ranked_by in landmark_rankings %}
-- figure: landmarks.{{ figure }}.pairs
-- label: Of a hundred pairs of deals that were open at a month end, one won and one lost later, those that are in the right order by {{ ranked_by }}
-- unit: count
SELECT round(100 * value) FROM scoring.landmark_ranking
WHERE scorer = 'heuristic' AND ranked_by = {{ ranked_by | literal }} AND measure = 'auc'

{% endfor %}
-- figure: landmarks.opportunities
-- label: Deals that were open at one of the last 24 month ends
-- unit: deals
SELECT coalesce(any_value(opportunities), 0) FROM scoring.landmark_ranking WHERE scorer = 'heuristic'

-- figure: trust.rejected_quotes
-- label: Quotes given by the scorer that do not stand in the deal and were taken out, renewals included
-- unit: count
SELECT count(*) FROM scoring.score_elements WHERE quote_rejected

-- figure: trust.counted_less
-- label: Levels that count half in the scores, renewals included, because the scorer was to quote what they rest on and no quote was found
-- unit: count
SELECT count(*) FROM scoring.score_elements WHERE counted_level < level

-- figure: trust.quotes
-- label: Quotes that stand in the deal to the letter, renewals included
-- unit: count
SELECT count(*) FROM scoring.score_elements WHERE quote IS NOT NULL
