{% include "shared/ranked_scorer.sql" %}
SELECT
    (
        coalesce(max(low) FILTER (WHERE ranked_by = (SELECT within FROM ranked_scorer)) > 0.5, false)
        OR coalesce(
            max(low) FILTER (WHERE ranked_by = (SELECT ranked_by FROM ranked_scorer))
            > max(high) FILTER (WHERE ranked_by = {{ by_stage | literal }}),
            false
        )
    )::INTEGER
FROM scoring.landmark_ranking
HAVING count(*) FILTER (WHERE ranked_by = (SELECT ranked_by FROM ranked_scorer)) > 0
