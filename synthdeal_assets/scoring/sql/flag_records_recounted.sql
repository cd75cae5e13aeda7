-- rule: counts
-- Every record, counted anew from the rows of its flag and from what has become of the deals.
WITH recounted AS (
    SELECT
        scorer,
        flag,
        count(*) FILTER (WHERE is_counted) AS base_deals,
        count(*) FILTER (WHERE is_counted AND is_flagged) AS flagged_deals,
        count(*) FILTER (WHERE is_counted AND is_flagged AND NOT is_won) AS flagged_lost,
        count(*) FILTER (WHERE is_counted AND NOT is_flagged) AS other_deals,
        count(*) FILTER (WHERE is_counted AND NOT is_flagged AND NOT is_won) AS other_lost,
        count(*) FILTER (WHERE flag_date = as_of AND is_flagged) AS covered_today,
        count(*) FILTER (WHERE flag_date = as_of) AS open_today
    FROM scoring.flags
    JOIN crm.opportunities USING (opportunity_id)
    CROSS JOIN crm.world
    GROUP BY scorer, flag
)
SELECT kept.*, recounted.* EXCLUDE (scorer, flag)
FROM scoring.flag_records AS kept
LEFT JOIN recounted USING (scorer, flag)
WHERE {% for name in counts -%}
    kept.{{ name }} <> coalesce(recounted.{{ name }}, 0){{ " OR " if not loop.last }}
{%- endfor %}

-- rule: is_counted
-- A deal that counts twice for a flag, that has not ended, or by a day that is not long enough ago.
SELECT scorer, flag, opportunity_id, count(*) AS times, max(flag_date) AS flag_date
FROM scoring.flags
JOIN crm.opportunities USING (opportunity_id)
CROSS JOIN crm.world
WHERE is_counted
GROUP BY scorer, flag, opportunity_id
HAVING count(*) > 1 OR NOT bool_and(is_closed) OR max(flag_date) > any_value(as_of) - {{ days_to_an_end }}

-- rule: is_shown
-- A record that is shown without being good enough, or the other way round, with the test worked out anew: its
-- chi-square (Cochran 1954; Mantel and Haenszel 1959) is above that of the level.
WITH stage AS (
    SELECT
        scorer,
        flag,
        count(*) AS deals,
        count(*) FILTER (WHERE is_flagged) AS flagged,
        count(*) FILTER (WHERE NOT is_won) AS lost,
        count(*) FILTER (WHERE is_flagged AND NOT is_won) AS flagged_lost
    FROM scoring.flags
    JOIN crm.opportunities USING (opportunity_id)
    WHERE is_counted
    GROUP BY scorer, flag, scoring.flags.stage_name
    HAVING count(*) > 1
),
tested AS (
    SELECT
        scorer,
        flag,
        sum(flagged_lost - flagged * lost / deals) AS surplus,
        sum(flagged * (deals - flagged) * lost * (deals - lost) / (deals * deals * (deals - 1.0))) AS variance
    FROM stage
    GROUP BY scorer, flag
)
SELECT kept.*, tested.surplus, tested.variance
FROM scoring.flag_records AS kept
LEFT JOIN tested USING (scorer, flag)
WHERE kept.is_shown <> coalesce(
    base_deals >= {{ least_deals }}
    AND flagged_deals <= {{ most_covered }} * base_deals
    AND covered_today <= {{ most_covered_today }} * open_today
    AND flagged_lost * other_deals > other_lost * flagged_deals
    AND surplus > {{ continuity }}
    AND (surplus - {{ continuity }}) ^ 2 > {{ chi_square }} * variance,
    false
)

-- rule: is_shown of a row
-- A row that says otherwise than the record of its flag, or that has none.
SELECT scorer, flag, flags.is_shown, records.is_shown AS is_shown_by_record, count(*) AS rows
FROM scoring.flags AS flags
LEFT JOIN scoring.flag_records AS records USING (scorer, flag)
WHERE flags.is_shown IS DISTINCT FROM records.is_shown
GROUP BY ALL
