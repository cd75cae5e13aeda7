-- Rows whose roll-up is not what their children come to.
WITH _rolled_up AS (
    SELECT {{ reference }} AS parent, {{ aggregate }} AS found
    FROM {{ children }}
    {{ child_joins | join('\n    ') }}
    WHERE {{ where }}
    GROUP BY 1
), _each_row AS (
    SELECT
        {{ called }} AS called,
        {{ value }} AS stored,
        coalesce(_rolled_up.found, {{ nothing }}) AS found
    FROM {{ parents }}
    {{ parent_joins | join('\n    ') }}
    LEFT JOIN _rolled_up ON _rolled_up.parent = {{ key }}
    WHERE {{ asked }}
), _against AS (
    SELECT called, stored, found
    FROM _each_row
    WHERE (stored IS NULL) <> (found IS NULL) OR (stored IS NOT NULL AND found IS NOT NULL AND {{ differs }})
)
SELECT
    count(*) AS against,
    min(called, 5) AS keys,
    arg_min(coalesce(CAST(stored AS VARCHAR), 'nothing') || ' instead of '
        || coalesce(CAST(found AS VARCHAR), 'nothing'), called) AS first
FROM _against
