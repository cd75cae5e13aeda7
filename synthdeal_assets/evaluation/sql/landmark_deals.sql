-- Every landmark that a scorer has judged: its judgement, what was on record, what was really so, and how it ends. Read only to
-- measure.
SELECT
    scores.scorer,
    scores.model,
    scores.prompt_version,
    scores.opportunity_id,
    scores.landmark_date,
    record.stage_name,
    stages.probability AS stage_percentage,
    scores.score,
    scores.win_probability,
{% for element in elements %}
    scores.{{ element }},
    truth.{{ element }}_level AS true_{{ element }},
{% endfor %}
    {% for element in elements %}(texts.{{ element }} IS NOT NULL)::INTEGER{{ "" if loop.last else " + " }}{% endfor %} AS fields,
    {% for element in elements %}coalesce(length(texts.{{ element }}), 0){{ "" if loop.last else " + " }}{% endfor %} AS letters,
    truth.win_probability AS exact_chance,
    truth.outcome = 'Closed Won' AS won,
    truth.outcome = 'Closed Won' AND truth.outcome_date <= record.landmark_date + 90 AS won_in_90_days
FROM scoring.landmark_scores AS scores
JOIN crm.landmarks AS record USING (opportunity_id, landmark_date)
JOIN crm.landmark_texts AS texts USING (opportunity_id, landmark_date)
JOIN (SELECT stage_name, any_value(probability) AS probability FROM crm.opportunity_stages GROUP BY stage_name) AS stages
    USING (stage_name)
JOIN truth.landmarks AS truth USING (opportunity_id, landmark_date)
ORDER BY ALL
