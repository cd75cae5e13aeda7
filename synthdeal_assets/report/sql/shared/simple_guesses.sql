{% include "shared/main_scorer.sql" %}
, simple_guesses AS (
    SELECT quality.measure, quality.element, quality.value
    FROM scoring.score_quality AS quality
    INNER JOIN main_scorer
        ON quality.baseline_of = concat_ws(', ', main_scorer.scorer, main_scorer.model, main_scorer.prompt_version)
    WHERE quality.role = {{ simple_guess | literal }}
    AND quality.scorer IN ({% for name in headline_guesses %}{{ name | literal }}{{ ", " if not loop.last }}{% endfor %})
)
