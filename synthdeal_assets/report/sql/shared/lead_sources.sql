WITH closed_by_source AS (
    SELECT lead_source, count(*) AS deals, count(*) FILTER (WHERE is_won) AS wins
    FROM {{ new_business }}
    WHERE is_closed AND {{ of_last_period }} AND coalesce(lead_source, '') NOT IN {{ unactionable | literal }}
    GROUP BY lead_source
),
all_closed AS (
    SELECT sum(deals) AS deals, sum(wins) AS wins FROM closed_by_source
),
lead_sources AS (
    SELECT
        source.lead_source,
        source.deals,
        source.wins / source.deals AS won,
        all_closed.deals - source.deals AS others,
        (all_closed.wins - source.wins) / (all_closed.deals - source.deals) AS others_won
    FROM closed_by_source AS source
    CROSS JOIN all_closed
    WHERE source.deals >= 30 AND all_closed.deals - source.deals >= 30
)
