-- rule: name that is not made of its parts
SELECT user_id, name, first_name, last_name
FROM crm.users
WHERE name IS DISTINCT FROM first_name || ' ' || last_name

-- rule: user name that somebody else has, or none
SELECT username, count(*) AS users
FROM crm.users
GROUP BY username
HAVING count(*) > 1 OR username IS NULL

-- rule: alias that Salesforce does not take
SELECT user_id, alias
FROM crm.users
WHERE alias IS NULL OR length(alias) NOT BETWEEN 1 AND 8

-- rule: no time zone, locale or language
SELECT user_id, time_zone_sid_key, locale_sid_key, language_locale_key
FROM crm.users
WHERE time_zone_sid_key IS NULL OR locale_sid_key IS NULL OR language_locale_key IS NULL

-- rule: time zone that the same seat did not have before
SELECT left(user_id, 8) AS seat, count(DISTINCT time_zone_sid_key) AS time_zones
FROM crm.users
GROUP BY seat
HAVING count(DISTINCT time_zone_sid_key) > 1
