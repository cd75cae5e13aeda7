-- How the form of answers was last asked for at an endpoint, where that was left to what the endpoint does: with a schema
-- that it kept to, or in a weaker way. No row when no schema was tried in the time that is asked for. A run that ended
-- before it asked in a weaker way has learned as much when its first answers were without the form. Parameters: provider,
-- endpoint, model, since, first_answers, without_form.
WITH asked AS (
    SELECT asked_at, status, error_class, json_extract_string(parameters, '$.schema_mode') AS schema_mode
    FROM {{ calls }}
    WHERE provider = $provider
        AND endpoint = $endpoint
        AND model = $model
        AND asked_at >= $since
        AND json_extract_string(parameters, '$.schema_mode_fixed') = 'false'
)
SELECT
    coalesce(
        arg_max(schema_mode, asked_at) FILTER (schema_mode <> 'json_schema' OR status = 'success'),
        CASE
            WHEN count(*) FILTER (list_contains($without_form, error_class)) >= $first_answers THEN 'json_object'
        END
    ) AS schema_mode
FROM asked
HAVING count(*) FILTER (schema_mode = 'json_schema') > 0
