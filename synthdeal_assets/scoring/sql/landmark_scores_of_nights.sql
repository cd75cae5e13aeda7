-- The present scores of open deals whose input is that of a landmark. Nothing is taken of a scorer that has judged the
-- landmark already, nor of a deal that has closed: its last input is a landmark's only where it closed soon after, and the
-- landmarks of closed deals would be those near their end.
INSERT INTO scoring.landmark_scores BY NAME
WITH level AS (
    SELECT
        opportunity_id,
        sum(counted_level)::INTEGER AS points,
{% for element in elements %}
        max(level) FILTER (WHERE element = {{ element | literal }}) AS {{ element }}{{ "" if loop.last else "," }}
{% endfor %}
    FROM scoring.score_elements
    WHERE framework = 'MEDDPICC'
    GROUP BY opportunity_id
)
SELECT
    landmark.landmark_date,
    landmark.opportunity_id,
    scores.scorer,
    scores.model,
    scores.prompt_version,
    landmark.input_hash,
    scores.score,
    level.points,
    scores.win_probability,
{% for element in elements %}
    level.{{ element }}{{ "" if loop.last else "," }}
{% endfor %}
FROM landmark_keys AS landmark
JOIN scoring.opportunity_scores AS scores USING (opportunity_id, input_hash)
JOIN level USING (opportunity_id)
JOIN crm.opportunities AS deals USING (opportunity_id)
WHERE NOT deals.is_closed
    AND NOT EXISTS (
        FROM scoring.landmark_scores AS present
        WHERE present.landmark_date = landmark.landmark_date
            AND present.opportunity_id = landmark.opportunity_id
            AND present.scorer = scores.scorer
            AND present.model = scores.model
            AND present.prompt_version = scores.prompt_version
    )
