-- The rows of whitespace.features at the cutoff, from the tables of known.sql.
DELETE FROM whitespace.features WHERE cutoff_date = getvariable('cutoff');

INSERT INTO whitespace.features BY NAME
SELECT
    getvariable('cutoff') AS cutoff_date,
    customer_id,
    division_name AS division,
    -- Who returns something has bought it, be it before the log begins.
    if(pair.customer IS NULL, 'whitespace', 'existing') AS population,
    pair.recency_days,
    pair.tenure_days,
    pair.mean_gap_days,
    pair.gap_ratio,
    coalesce(COLUMNS(
        pair.* EXCLUDE (
            customer, division, recency_days, tenure_days, mean_gap_days, gap_ratio, bought_12m, bought_total
        )
    ), 0),
    COLUMNS(
        whole.* EXCLUDE (customer, division, seats_12m, seats_total, orders_same_season, bought_12m, bought_total)
    ) AS 'customer_\0',
    whole.orders_same_season AS customer_orders_same_season,
    coalesce(divisions_12m, 0) AS customer_divisions_12m,
    coalesce(divisions_total, 0) AS customer_divisions_total,
    if(whole.orders_total > 0, whole.amount_total::DOUBLE / whole.orders_total, 0) AS customer_mean_order_amount,
    coalesce(entropy, 0) AS customer_division_entropy,
    if(whole.bought_12m > 0, coalesce(pair.bought_12m, 0)::DOUBLE / whole.bought_12m, 0) AS share_of_customer_12m,
    if(whole.bought_total > 0, coalesce(pair.bought_total, 0)::DOUBLE / whole.bought_total, 0)
        AS share_of_customer_total,
    if(pair.recency_days = latest_recencies[1], latest_recencies[2], latest_recencies[1]) AS other_recency_days,
    coalesce(cross_lift_max, 0) AS cross_lift_max,
    coalesce(cross_lift_mean, 0) AS cross_lift_mean,
    coalesce(cross_confidence_max, 0) AS cross_confidence_max,
    coalesce(next_division_share, 0) AS next_division_share,
    of_division.owners / customers AS division_owner_share,
    of_division.buyers_12m / customers AS division_buyer_share_12m,
    of_division.entrants_12m / customers AS division_entrant_share_12m,
    if(
        days_known >= 365 AND of_division.orders_12m > 0,
        of_division.orders_same_season / (of_division.orders_12m * 90 / 365),
        1
    ) AS division_season_index
FROM known_customers
CROSS JOIN known_divisions
CROSS JOIN (SELECT count(*) AS customers FROM known_customers)
CROSS JOIN log_days
JOIN division_facts AS of_division ON of_division.division = known_divisions.division
LEFT JOIN histories AS pair ON pair.customer = known_customers.customer AND pair.division = known_divisions.division
JOIN histories AS whole ON whole.customer = known_customers.customer AND whole.division = 0
LEFT JOIN owners ON owners.customer = known_customers.customer
LEFT JOIN association_features
    ON association_features.owned_divisions = owners.owned_divisions
    AND association_features.division = known_divisions.division
LEFT JOIN next_division_features
    ON next_division_features.latest_divisions = owners.latest_divisions
    AND next_division_features.division = known_divisions.division;
