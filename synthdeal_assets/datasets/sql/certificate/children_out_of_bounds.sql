{% set outside %}children < {{ low }}{% if high is not none %} OR children > {{ high }}{% endif %}{% endset %}
-- Parents with fewer or more children than they may have.
WITH _counted AS (
    SELECT {{ reference }} AS parent, count(*) AS children FROM {{ children }} GROUP BY 1
), _each_parent AS (
    SELECT coalesce(_counted.children, 0) AS children, {{ called }} AS called
    FROM {{ parents }} AS parent
    LEFT JOIN _counted ON _counted.parent = parent.{{ key }}
)
SELECT
    count(*) FILTER (WHERE {{ outside }}) AS against,
    min(children) AS fewest,
    max(children) AS most,
    min(called, 5) FILTER (WHERE {{ outside }}) AS keys
FROM _each_parent
