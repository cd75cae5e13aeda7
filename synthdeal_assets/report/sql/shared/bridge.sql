{% include "shared/quarter.sql" %}
, earlier AS (
    SELECT as_of FROM report.executive_reports WHERE report_id = {{ report_id | literal }}
),
state_then AS (
    SELECT entry.opportunity_id, entry.stage_name, entry.amount, entry.close_date
    FROM crm.opportunity_stages AS entry
    INNER JOIN earlier ON entry.entered_date <= earlier.as_of
    QUALIFY row_number() OVER (PARTITION BY entry.opportunity_id ORDER BY entry.sequence DESC) = 1
),
-- Each deal that was open then, is open now, or was both made and closed in between; amounts to the cent.
bridge AS (
    SELECT
        deal.opportunity_id,
        state_then.stage_name NOT IN ('Closed Won', 'Closed Lost') IS TRUE AS was_open,
        deal.amount::DECIMAL(18, 2) AS latest,
        if(was_open, state_then.amount::DECIMAL(18, 2), 0) AS amount_then,
        if(was_open, 0, latest) AS created,
        if(was_open, greatest(latest - amount_then, 0), 0) AS raised,
        if(was_open, greatest(amount_then - latest, 0), 0) AS lowered,
        if(deal.is_won, latest, 0) AS won,
        if(deal.is_closed AND NOT deal.is_won, latest, 0) AS lost,
        if(deal.is_closed, 0, latest) AS amount_now,
        -- Within a quarter only: at its beginning all that was not closed has left the one before.
        earlier.as_of >= quarter.first_day
        AND was_open
        AND NOT deal.is_closed
        AND state_then.close_date BETWEEN quarter.first_day AND quarter.last_day
        AND deal.close_date > quarter.last_day AS has_left_quarter
    FROM {{ new_business }} AS deal
    CROSS JOIN earlier
    CROSS JOIN quarter
    LEFT JOIN state_then USING (opportunity_id)
    WHERE was_open OR NOT deal.is_closed OR deal.created_date > earlier.as_of
)
