SELECT least(CAST(floor((value - {{ low }}) / {{ step }}) AS BIGINT), {{ bins - 1 }}) AS place, count(*)
FROM (SELECT {{ value }} AS value FROM looked_at)
WHERE value >= {{ low }} AND value <= {{ low + step * bins }}
GROUP BY place
