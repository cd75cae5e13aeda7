-- How many of the deals of a group were lost, and of those that it is held against: the other closed deals of the last
-- 364 days, or, for stages and reasons, where deals of the year before stood and why they were lost.
{% set groupings = ["competitor", "segment", "product", "region"] | select("in", dimensions) | list %}
WITH closed AS (
    SELECT
        deal.opportunity_id,
        deal.competitor,
        deal.lost_reason,
        deal.amount,
        account.segment,
        account.region,
        coalesce(product.name, deal.product_id) AS product,
        NOT deal.is_won AS is_lost,
        deal.close_date > world.as_of - 364 AS is_recent
    FROM {{ new_business }} AS deal
    CROSS JOIN crm.world AS world
    INNER JOIN crm.accounts AS account USING (account_id)
    LEFT JOIN crm.products AS product USING (product_id)
    WHERE deal.is_closed AND deal.close_date > world.as_of - 728
),
{% if groupings %}
recent AS (
    SELECT count(*) AS deals, count(*) FILTER (WHERE is_lost) AS lost FROM closed WHERE is_recent
),
compared_with_others AS (
    SELECT
        dimension,
        name,
        count(*) AS deals,
        count(*) FILTER (WHERE is_lost) AS lost,
        sum(amount) FILTER (WHERE is_lost) AS amount
    FROM (SELECT is_recent, is_lost, amount, {{ groupings | join(", ") }} FROM closed)
    UNPIVOT (name FOR dimension IN ({{ groupings | join(", ") }}))
    WHERE is_recent
    GROUP BY ALL
),
{% endif %}
{% if "stage" in dimensions %}
moves AS (
    SELECT
        entry.stage_name,
        entry.amount,
        lead(entry.stage_name) OVER of_deal AS next_stage,
        lead(entry.entered_date) OVER of_deal AS left_date
    FROM crm.opportunity_stages AS entry
    INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
    WINDOW of_deal AS (PARTITION BY entry.opportunity_id ORDER BY entry.sequence)
),
{% endif %}
by_year AS (
    {% if "stage" in dimensions %}
    SELECT
        'stage' AS dimension,
        moves.stage_name AS name,
        moves.next_stage = 'Closed Lost' AS is_lost,
        moves.amount,
        moves.left_date > world.as_of - 364 AS is_recent
    FROM moves
    CROSS JOIN crm.world AS world
    WHERE moves.next_stage != moves.stage_name AND moves.left_date > world.as_of - 728
    UNION ALL
    {% endif %}
    SELECT
        'reason' AS dimension,
        reasons.lost_reason AS name,
        reasons.lost_reason = closed.lost_reason AS is_lost,
        closed.amount,
        closed.is_recent
    FROM closed
    CROSS JOIN (SELECT DISTINCT lost_reason FROM closed WHERE lost_reason IS NOT NULL) AS reasons
    WHERE closed.lost_reason IS NOT NULL
),
loss_groups AS (
    {% if groupings %}
    SELECT
        one.dimension,
        one.name,
        one.deals,
        one.lost,
        coalesce(one.amount, 0) AS amount,
        recent.deals - one.deals AS other_deals,
        recent.lost - one.lost AS other_lost
    FROM compared_with_others AS one
    CROSS JOIN recent
    UNION ALL
    {% endif %}
    SELECT
        dimension,
        name,
        count(*) FILTER (WHERE is_recent) AS deals,
        count(*) FILTER (WHERE is_recent AND is_lost) AS lost,
        coalesce(sum(amount) FILTER (WHERE is_recent AND is_lost), 0) AS amount,
        count(*) FILTER (WHERE NOT is_recent) AS other_deals,
        count(*) FILTER (WHERE NOT is_recent AND is_lost) AS other_lost
    FROM by_year
    GROUP BY ALL
),
-- Where most money was lost, of those that have a name.
largest_losses AS (
    SELECT *
    FROM loss_groups
    WHERE lost > 0 AND name NOT IN {{ unactionable | literal }}
    QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY amount DESC, name) = 1
)
