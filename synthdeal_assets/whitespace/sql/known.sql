-- What was known of every customer and division at the end of the day getvariable('cutoff'), for features.sql. Only known_sales reads the log. An age is days before the cutoff, the cutoff itself being 0.
-- Sums are sums of DECIMAL, which do not depend on the order of rows, and what exp and ln give is rounded, so that the
-- same log gives the same features on any machine. Text becomes numbers first, because that is what costs time.

CREATE OR REPLACE TEMP VIEW known_sales AS
FROM {% include 'known_log.sql' %} WHERE known_on <= getvariable('cutoff');

CREATE OR REPLACE TEMP TABLE known_customers AS
SELECT customer_id, row_number() OVER (ORDER BY customer_id)::INTEGER AS customer
FROM (SELECT DISTINCT customer_id FROM known_sales);

CREATE OR REPLACE TEMP TABLE known_divisions AS
SELECT division AS division_name, row_number() OVER (ORDER BY division)::INTEGER AS division
FROM (SELECT DISTINCT division FROM known_sales);

CREATE OR REPLACE TEMP TABLE pair_invoices AS
SELECT
    customer,
    known_divisions.division,
    (getvariable('cutoff') - order_date)::INTEGER AS age,
    hash(invoice) AS invoice,
    bool_or(NOT is_return) AS is_purchase,
    sum(amount) AS amount,
    coalesce(sum(amount) FILTER (NOT is_return), 0) AS bought,
    coalesce(sum(if(is_return, -abs(quantity), quantity)), 0) AS units
FROM known_sales
JOIN known_customers USING (customer_id)
JOIN known_divisions ON division_name = known_sales.division
GROUP BY ALL;

-- Histories of pairs, and as division 0 those of customers over all divisions, all from the same expressions.
CREATE OR REPLACE TEMP TABLE sums AS
SELECT
    customer,
    division,
    min(age) FILTER (is_purchase) AS recency_days,
    max(age) FILTER (is_purchase) AS tenure_days,
    count(*) FILTER (is_purchase AND age < 91) AS orders_3m,
    count(*) FILTER (is_purchase AND age < 183) AS orders_6m,
    count(*) FILTER (is_purchase AND age < 365) AS orders_12m,
    count(*) FILTER (is_purchase AND age < 730) AS orders_24m,
    count(*) FILTER (is_purchase) AS orders_total,
    count(*) FILTER (is_purchase AND age BETWEEN 275 AND 364) AS orders_same_season,
    coalesce(sum(amount) FILTER (age < 91), 0) AS amount_3m,
    coalesce(sum(amount) FILTER (age < 183), 0) AS amount_6m,
    coalesce(sum(amount) FILTER (age < 365), 0) AS amount_12m,
    coalesce(sum(amount) FILTER (age < 730), 0) AS amount_24m,
    sum(amount) AS amount_total,
    coalesce(sum(bought) FILTER (age < 365), 0) AS bought_12m,
    sum(bought) AS bought_total,
    coalesce(sum(exp(-age / 180)::DECIMAL(18, 9)) FILTER (is_purchase), 0) AS decayed_orders,
    sum((amount::DOUBLE * exp(-age / 180))::DECIMAL(38, 4)) AS decayed_amount,
    coalesce(sum(units) FILTER (age < 365), 0) AS units_12m,
    sum(units) AS units_total
FROM (
    FROM pair_invoices
    UNION ALL BY NAME
    SELECT
        customer, 0 AS division, age, invoice,
        bool_or(is_purchase) AS is_purchase, sum(amount) AS amount, sum(bought) AS bought, sum(units) AS units
    FROM pair_invoices
    GROUP BY ALL
)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE log_days AS
SELECT max(age) + 1 AS days_known FROM pair_invoices;

DROP TABLE pair_invoices;

CREATE OR REPLACE TEMP TABLE product_counts AS
SELECT
    customer,
    coalesce(known_divisions.division, 0) AS division,
    count(*) FILTER (last_bought > getvariable('cutoff') - 365) AS products_12m,
    count(*) AS products_total
FROM (
    SELECT customer_id, division AS division_name, product, max(order_date) AS last_bought
    FROM known_sales
    WHERE NOT is_return
    GROUP BY ALL
)
JOIN known_customers USING (customer_id)
JOIN known_divisions USING (division_name)
GROUP BY GROUPING SETS ((customer, known_divisions.division), (customer));

-- As floats from here on, of differences that were exact.
CREATE OR REPLACE TEMP TABLE histories AS
SELECT customer, division, COLUMNS(* EXCLUDE (customer, division))::DOUBLE
FROM (
    SELECT
        customer,
        division,
        recency_days,
        tenure_days,
        orders_3m,
        orders_6m,
        orders_12m,
        orders_24m,
        orders_total,
        amount_3m,
        amount_6m,
        amount_12m,
        amount_24m,
        amount_total,
        orders_6m - orders_3m AS orders_lag_3m,
        orders_24m - orders_12m AS orders_lag_12m,
        amount_6m - amount_3m AS amount_lag_3m,
        amount_24m - amount_12m AS amount_lag_12m,
        orders_3m - orders_lag_3m AS orders_delta_3m,
        orders_12m - orders_lag_12m AS orders_delta_12m,
        amount_3m - amount_lag_3m AS amount_delta_3m,
        amount_12m - amount_lag_12m AS amount_delta_12m,
        coalesce(round(exp(-recency_days / 90), 9), 0) AS decayed_recency,
        decayed_orders,
        decayed_amount,
        if(bought_total > 0, (bought_total - amount_total)::DOUBLE / bought_total, 0) AS returns_share,
        coalesce(products_12m, 0) AS products_12m,
        coalesce(products_total, 0) AS products_total,
        if(orders_total > 1, (tenure_days - recency_days) / (orders_total - 1), NULL) AS mean_gap_days,
        if(orders_total > 1, recency_days / greatest(mean_gap_days, 1), NULL) AS gap_ratio,
        units_12m AS seats_12m,
        units_total AS seats_total,
        orders_same_season,
        bought_12m,
        bought_total
    FROM sums
    LEFT JOIN product_counts USING (customer, division)
);

DROP TABLE sums;
DROP TABLE product_counts;

-- What depends on the set of divisions a customer owns is worked out once a set. A division is entered with its first
-- purchase; several that are entered on one day are one step.
CREATE OR REPLACE TEMP TABLE owned AS
SELECT
    customer,
    division,
    recency_days,
    orders_total,
    dense_rank() OVER (PARTITION BY customer ORDER BY tenure_days DESC) AS step,
    tenure_days = min(tenure_days) OVER (PARTITION BY customer) AS is_latest
FROM histories
WHERE division > 0 AND tenure_days IS NOT NULL;

CREATE OR REPLACE TEMP TABLE owners AS
SELECT
    customer,
    list(division ORDER BY division) AS owned_divisions,
    list(division ORDER BY division) FILTER (is_latest) AS latest_divisions,
    min(recency_days, 2) AS latest_recencies,
    count(*) AS divisions_total,
    count(*) FILTER (recency_days < 365) AS divisions_12m,
    sum(orders_total) AS pair_orders,
    round(ln(pair_orders) - sum((orders_total * ln(orders_total))::DECIMAL(38, 9))::DOUBLE / pair_orders, 9) AS entropy
FROM owned
GROUP BY customer;

CREATE OR REPLACE TEMP TABLE division_facts AS
SELECT
    division,
    count(tenure_days) AS owners,
    count(*) FILTER (recency_days < 365) AS buyers_12m,
    count(*) FILTER (tenure_days < 365) AS entrants_12m,
    sum(orders_12m) AS orders_12m,
    sum(orders_same_season) AS orders_same_season
FROM histories
WHERE division > 0
GROUP BY division;

CREATE OR REPLACE TEMP TABLE associations AS
WITH owned_sets AS (SELECT owned_divisions, count(*) AS customers FROM owners GROUP BY ALL),
both_owned AS (
    SELECT former.source, latter.division, sum(customers) AS customers
    FROM owned_sets, unnest(owned_divisions) AS former(source), unnest(owned_divisions) AS latter(division)
    WHERE former.source <> latter.division
    GROUP BY ALL
)
SELECT
    source,
    both_owned.division,
    (customers::DOUBLE / of_source.owners)::DECIMAL(18, 9) AS confidence,
    (customers::DOUBLE * (SELECT count(*) FROM known_customers) / of_source.owners / of_target.owners)::DECIMAL(18, 6)
        AS lift
FROM both_owned
JOIN division_facts AS of_source ON of_source.division = source
JOIN division_facts AS of_target ON of_target.division = both_owned.division;

CREATE OR REPLACE TEMP TABLE association_features AS
SELECT
    owned_divisions,
    division,
    max(coalesce(lift, 0)) AS cross_lift_max,
    avg(coalesce(lift, 0)) AS cross_lift_mean,
    max(coalesce(confidence, 0)) AS cross_confidence_max
FROM (SELECT owned_divisions, unnest(owned_divisions) AS source FROM (SELECT DISTINCT owned_divisions FROM owners))
JOIN known_divisions ON known_divisions.division <> source
LEFT JOIN associations USING (source, division)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE next_division_features AS
WITH transitions AS (
    SELECT former.division AS source, latter.division, count(*) / any_value(owners) AS share
    FROM owned AS former
    JOIN owned AS latter ON latter.customer = former.customer AND latter.step = former.step + 1
    JOIN division_facts ON division_facts.division = former.division
    GROUP BY ALL
)
SELECT latest_divisions, division, max(share) AS next_division_share
FROM (SELECT latest_divisions, unnest(latest_divisions) AS source FROM (SELECT DISTINCT latest_divisions FROM owners))
JOIN transitions USING (source)
GROUP BY ALL;
