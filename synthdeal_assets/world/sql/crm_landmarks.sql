-- The deals that were open at the last 24 month ends before the world's date, as the CRM showed them on those days: from
-- the histories alone, as it would be done with those of a real CRM. Of the deal itself only what never changes is read,
-- and its owner, from whom the changes since lead back.
INSERT INTO {{ landmarks }} BY NAME
WITH landmark AS (
    SELECT last_day((date_trunc('month', as_of) - to_months(ago::INTEGER))::DATE) AS landmark_date, as_of
    FROM {{ world }} CROSS JOIN range(1, 25) AS months (ago)
),
entry AS (
    SELECT
        *,
        lead(entered_date, 1, 'infinity'::DATE) OVER deal AS next_date,
        stage_name IS DISTINCT FROM lag(stage_name) OVER deal AS is_move,
        close_date > lag(close_date) OVER deal AS is_slip
    FROM {{ stages }}
    WINDOW deal AS (PARTITION BY opportunity_id ORDER BY sequence)
),
-- Of several entries on one day the last one is the state of affairs: the others hold for no day.
state AS (
    SELECT
        *,
        max(entered_date) FILTER (WHERE is_move) OVER so_far AS stage_since,
        count(*) FILTER (WHERE is_slip) OVER so_far AS slips
    FROM entry
    WINDOW so_far AS (PARTITION BY opportunity_id ORDER BY sequence)
),
closing AS (
    SELECT opportunity_id, stage_name AS outcome, entered_date AS closed_date
    FROM {{ stages }}
    WHERE stage_name IN ('Closed Won', 'Closed Lost')
),
open_deal AS MATERIALIZED (
    SELECT landmark.landmark_date, landmark.as_of, state.*, closing.outcome, closing.closed_date
    FROM state
    JOIN landmark ON state.entered_date <= landmark.landmark_date AND landmark.landmark_date < state.next_date
    LEFT JOIN closing USING (opportunity_id)
    WHERE state.stage_name NOT IN ('Closed Won', 'Closed Lost')
),
part AS (
    SELECT *, lead(entered_date, 1, 'infinity'::DATE) OVER contact AS next_date
    FROM {{ roles }}
    WINDOW contact AS (PARTITION BY opportunity_id, contact_id ORDER BY entered_date)
),
people AS (
    SELECT landmark_date, opportunity_id, array_to_string(list_sort(list(part.role)), ', ') AS contact_roles
    FROM open_deal
    JOIN part USING (opportunity_id)
    WHERE part.entered_date <= open_deal.landmark_date AND open_deal.landmark_date < part.next_date
    GROUP BY landmark_date, opportunity_id
)
SELECT
    opportunity_id,
    landmark_date,
    coalesce(handover.old_owner_id, deal.owner_id) AS owner_id,
    open_deal.stage_name,
    open_deal.amount,
    open_deal.close_date,
    landmark_date - deal.created_date AS age_days,
    landmark_date - stage_since AS days_in_stage,
    slips,
    people.contact_roles,
{% for days in (30, 90) %}
    -- NULL for all until the days are over: of those known before, only the quick ones would be.
    CASE
        WHEN landmark_date + {{ days }} > as_of THEN NULL
        WHEN closed_date <= landmark_date + {{ days }} THEN outcome
        ELSE 'Open'
    END AS outcome_{{ days }},
{% endfor %}
    outcome
FROM open_deal
JOIN {{ opportunities }} AS deal USING (opportunity_id)
JOIN people USING (landmark_date, opportunity_id)
-- The first change after the landmark.
ASOF LEFT JOIN (FROM {{ owners }} WHERE object_name = 'Opportunity') AS handover
    ON handover.record_id = open_deal.opportunity_id AND open_deal.landmark_date < handover.created_date
ORDER BY opportunity_id, landmark_date
