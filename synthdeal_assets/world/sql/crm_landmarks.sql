-- The deals that were open at the last 24 month ends before the world's date, as the CRM showed them on those days: from
-- the histories alone, as it would be done with those of a real CRM. Of the deal itself only what never changes is read,
-- and its owner, from whom the changes since lead back.
--
-- Months are counted (twelve a year), and what holds from one day to before another holds at the ends of the months
-- from that of the one to before that of the other. Deals are told by their row, because numbers sort and meet faster
-- than identifiers.
INSERT INTO {{ landmarks }} BY NAME
WITH span AS (
    SELECT as_of, 12 * year(as_of) + month(as_of) AS until_month, until_month - 24 AS from_month FROM {{ world }}
),
deal AS (
    SELECT rowid AS deal, opportunity_id, owner_id, created_date FROM {{ opportunities }}
),
entry AS (
    SELECT
        deal,
        sequence,
        stage_name,
        amount,
        close_date,
        entered_date,
        lead(entered_date, 1, 'infinity'::DATE) OVER of_deal AS next_date,
        stage_name IS DISTINCT FROM lag(stage_name) OVER of_deal AS is_move,
        close_date > lag(close_date) OVER of_deal AS is_slip
    FROM {{ stages }} JOIN deal USING (opportunity_id)
    WINDOW of_deal AS (PARTITION BY deal ORDER BY sequence)
),
-- Of several entries on one day the last one is the state of affairs: the others hold for no day.
state AS (
    SELECT
        * EXCLUDE (is_move, is_slip),
        max(entered_date) FILTER (WHERE is_move) OVER so_far AS stage_since,
        count(*) FILTER (WHERE is_slip) OVER so_far AS slips
    FROM entry
    WINDOW so_far AS (PARTITION BY deal ORDER BY sequence)
),
closing AS (
    SELECT deal, stage_name AS outcome, entered_date AS closed_date
    FROM entry
    WHERE stage_name IN ('Closed Won', 'Closed Lost')
),
open_state AS (
    SELECT
        state.* EXCLUDE (next_date),
        as_of,
        greatest(12 * year(entered_date) + month(entered_date), from_month) AS first_month,
        CASE
            WHEN isfinite(next_date) THEN least(12 * year(next_date) + month(next_date), until_month)
            ELSE until_month
        END AS before_month
    FROM state CROSS JOIN span
    WHERE stage_name NOT IN ('Closed Won', 'Closed Lost')
),
open_deal AS MATERIALIZED (
    SELECT * EXCLUDE (first_month, before_month), unnest(range(first_month, before_month)) AS month_number
    FROM open_state
    WHERE first_month < before_month
),
part AS (
    SELECT
        deal,
        role,
        12 * year(entered_date) + month(entered_date) AS first_month,
        lead(12 * year(entered_date) + month(entered_date), 1, 1_000_000)
            OVER (PARTITION BY deal, contact_id ORDER BY entered_date) AS before_month
    FROM {{ roles }} JOIN deal USING (opportunity_id)
),
-- How many contacts had each role: a digit of a number to the base 16 for each, because that is counted at once.
people AS (
    SELECT
        deal,
        month_number,
        sum(
            CASE role
{% for role in contact_roles %}
                WHEN {{ role | literal }} THEN {{ 16 ** loop.index0 }}
{% endfor %}
            END
        )::BIGINT AS with_role
    FROM open_deal JOIN part USING (deal)
    WHERE part.first_month <= month_number AND month_number < part.before_month
    GROUP BY deal, month_number
),
-- The owner before the first change after the landmark.
handover AS (
    SELECT deal, month_number, arg_min(old_owner_id, change.created_date) AS owner_id
    FROM {{ owners }} AS change
    JOIN deal ON change.object_name = 'Opportunity' AND change.record_id = deal.opportunity_id
    JOIN open_deal USING (deal)
    WHERE month_number < 12 * year(change.created_date) + month(change.created_date)
    GROUP BY deal, month_number
)
SELECT
    opportunity_id,
    make_date(month_number // 12, month_number % 12 + 1, 1) - 1 AS landmark_date,
    coalesce(handover.owner_id, deal.owner_id) AS owner_id,
    open_deal.stage_name,
    open_deal.amount,
    open_deal.close_date,
    landmark_date - deal.created_date AS age_days,
    landmark_date - stage_since AS days_in_stage,
    slips,
    rtrim(concat(
{% for role in contact_roles | sort %}
        repeat({{ (role ~ ", ") | literal }}, with_role >> {{ 4 * contact_roles.index(role) }} & 15)
        {{- "" if loop.last else "," }}
{% endfor %}
    ), ', ') AS contact_roles,
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
JOIN deal USING (deal)
JOIN people USING (deal, month_number)
LEFT JOIN closing USING (deal)
LEFT JOIN handover USING (deal, month_number)
ORDER BY opportunity_id, landmark_date
