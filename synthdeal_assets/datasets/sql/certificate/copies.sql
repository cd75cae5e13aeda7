-- Rows that are recorded as copies, but are like no other row of the file.
WITH _copies AS (
    SELECT _file.*, {{ called }} AS "#called"
    FROM files.{{ table | name }} AS _file
    JOIN {{ marks }} AS _marks ON _marks."#row" = _file."#row" AND _marks."#copy"
), _alike AS (
    SELECT DISTINCT _copies."#row"
    FROM _copies
    JOIN files.{{ table | name }} AS _file ON
{% for field in fields %}
        _file.{{ field | name }} IS NOT DISTINCT FROM _copies.{{ field | name }} AND
{% endfor %}
        _file."#row" <> _copies."#row"
)
SELECT count(*) AS against, min("#called", 5) AS keys, NULL AS first
FROM _copies
WHERE "#row" NOT IN (SELECT "#row" FROM _alike)
