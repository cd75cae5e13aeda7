-- rule: {{ moment }} that is not on {{ day }} in the time zone of the owner, or none
SELECT {{ key }}, records.{{ moment }}, records.{{ day }}, time_zone_sid_key
FROM {{ table }} AS records
{{ owners }}
WHERE CAST((records.{{ moment }} AT TIME ZONE 'UTC') AT TIME ZONE time_zone_sid_key AS DATE)
IS DISTINCT FROM records.{{ day }}
