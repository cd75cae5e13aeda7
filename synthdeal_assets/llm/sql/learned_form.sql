-- How the form of answers was last asked for at an endpoint, where that was left to what the endpoint does: with a schema
-- that it kept to, or in a weaker way. No row when no schema was tried in the time that is asked for. Parameters: provider,
-- endpoint, model, since.
WITH asked AS (
    SELECT asked_at, status, json_extract_string(parameters, '$.schema_mode') AS schema_mode
    FROM {{ calls }}
    WHERE provider = $provider
        AND endpoint = $endpoint
        AND model = $model
        AND asked_at >= $since
        AND json_extract_string(parameters, '$.schema_mode_fixed') = 'false'
)
SELECT arg_max(schema_mode, asked_at) FILTER (schema_mode <> 'json_schema' OR status = 'success') AS schema_mode
FROM asked
HAVING count(*) FILTER (schema_mode = 'json_schema') > 0
